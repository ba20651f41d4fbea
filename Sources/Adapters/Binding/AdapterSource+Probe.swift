package import Deployments

/// The result of requesting one page of a partition.
package struct PartitionProbe: Sendable {
    /// The partition's key; empty if the source is not partitioned, or its secrets cannot be read.
    package var partition: String
    /// The number of records on the first page, or the failure.
    package var result: Result<Int, SourceError>
    /// The rows of the first page; empty after a failure.
    package var rows: [ModelDeployment]

    package init(partition: String, result: Result<Int, SourceError>, rows: [ModelDeployment] = []) {
        self.partition = partition
        self.result = result
        self.rows = rows
    }
}

extension AdapterSource {
    /// Requests the first page of every partition, which shows that the account, the address and the adapter
    /// fit.
    ///
    /// The deadline, the budget and the retries are those of a fetch.
    package func probe() async -> [PartitionProbe] {
        let secrets: [String: Secret]
        do throws(SourceError) {
            secrets = try readSecrets()
        } catch {
            return [PartitionProbe(partition: "", result: .failure(error))]
        }
        let run = FetchRun(deadline: binding.fetchDeadline, clock: retryPolicy.clock)
        return await run.all(partitions) { partition in
            let walk = PartitionWalk(
                of: self.deployments, source: self, partition: partition, secrets: secrets, run: run)
            do {
                let page = try await walk.firstPage()
                return PartitionProbe(
                    partition: partition.key, result: .success(page.received), rows: page.rows.map(\.row))
            } catch {
                return PartitionProbe(partition: partition.key, result: .failure(run.sourceError(error)))
            }
        }
    }
}
