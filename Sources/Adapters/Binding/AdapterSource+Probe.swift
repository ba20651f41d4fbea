package import Deployments

/// What one page of a partition brought.
package struct PartitionProbe: Sendable {
    /// Empty where the source has only one.
    package var partition: String
    /// How many records the first page has.
    package var result: Result<Int, SourceError>

    package init(partition: String, result: Result<Int, SourceError>) {
        self.partition = partition
        self.result = result
    }
}

extension AdapterSource {
    /// Asks every partition for its first page: whether the account, the address and the adapter fit.
    ///
    /// Within the same deadline, budget and retries as a fetch.
    package func probe() async -> [PartitionProbe] {
        let secrets: [String: Secret]
        do throws(SourceError) {
            secrets = try readSecrets()
        } catch {
            return [PartitionProbe(partition: "", result: .failure(error))]
        }
        let run = FetchRun(deadline: binding.fetchDeadline, clock: pacing.clock)
        return await run.all(partitions) { partition in
            let walk = PartitionWalk(source: self, partition: partition, secrets: secrets, run: run)
            do {
                let rows = try await walk.firstPage()
                return PartitionProbe(partition: partition.key, result: .success(rows))
            } catch {
                return PartitionProbe(partition: partition.key, result: .failure(run.sourceError(error)))
            }
        }
    }
}
