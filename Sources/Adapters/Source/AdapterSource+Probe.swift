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
    package func probe() async -> [PartitionProbe] {
        let secrets: [String: Secret]
        do throws(SourceError) {
            secrets = try readSecrets()
        } catch {
            return [PartitionProbe(partition: "", result: .failure(error))]
        }
        let calls = CallCounter()
        return await withTaskGroup(of: (Int, PartitionProbe).self) { group in
            for (index, partition) in partitions.enumerated() {
                group.addTask {
                    let walk = PartitionWalk(
                        source: self, partition: partition, secrets: secrets, calls: calls)
                    do {
                        let rows = try await walk.firstPage()
                        return (index, PartitionProbe(partition: partition.key, result: .success(rows)))
                    } catch {
                        let failure = Self.sourceError(error)
                        return (index, PartitionProbe(partition: partition.key, result: .failure(failure)))
                    }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }.sorted { $0.0 < $1.0 }.map(\.1)
        }
    }
}
