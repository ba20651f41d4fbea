import Adapters
import Deployments
import TestSupport
import Testing
import Upstream

/// What follows from other fields on rows on which the operator's rules have set some.
@Suite(.timeLimit(.minutes(10))) struct StatedByOperatorTests {
    private static let file: NimbusFile = {
        var file = NimbusFile()
        file.fields = """
            {name: $.name, owner: $.who, model: $.model, accelerator.type: $.gpu, accelerator.per_replica: $.each,
             replicas.ready: $.ready}
            """
        file.more = "accelerators: {A: {family: Alpha, memory_gb: 80}, B: {family: Beta, memory_gb: 40}}"
        return file
    }()

    private func source(exposesOwner: Bool = false) throws -> AdapterSource {
        let record =
            #"{"items": [{"id": "x", "name": "n", "state": "up", "gpu": "A", "each": 2, "ready": 3}]}"#
        return try Self.file.source(ScriptedTransport { _ in .text(record) }) {
            $0.exposesOwner = exposesOwner
        }
    }

    /// The row, after an operator has set a field and `derive` has run, as `family memory total desired`.
    private func derived(
        _ names: [String], _ change: (inout ModelDeployment) -> Void
    ) async throws -> String {
        let source = try source()
        var row = try #require(await source.fetch().rows.first)
        change(&row)
        row.statedByOperator = names
        source.derive(&row)
        let once = row
        source.derive(&row)
        #expect(row == once)
        let accelerator = row.accelerator
        func text<Value>(_ value: Value?) -> String { value.map { "\($0)" } ?? "-" }
        return "\(text(accelerator.family)) \(text(accelerator.memoryGB)) \(text(accelerator.total))"
    }

    @Test func aSetFieldChangesWhatFollowsFromIt() async throws {
        #expect(try await derived([]) { _ in } == "Alpha 80.0 6")
        #expect(try await derived(["accelerator.type"]) { $0.accelerator.type = "B" } == "Beta 40.0 6")
        #expect(
            try await derived(["accelerator.per_replica"]) { $0.accelerator.perReplica = 8 }
                == "Alpha 80.0 24")
        #expect(try await derived(["replicas.ready"]) { $0.replicas.ready = nil } == "Alpha 80.0 -")
    }

    @Test func aSetFieldThatFollowsFromOthersStaysAsItIs() async throws {
        #expect(try await derived(["accelerator.family"]) { $0.accelerator.family = "H100" } == "H100 80.0 6")
        #expect(try await derived(["accelerator.total"]) { $0.accelerator.total = 1 } == "Alpha 80.0 1")
    }

    @Test func aClearedFieldThatFollowsFromOthersStaysNull() async throws {
        #expect(try await derived(["accelerator.family"]) { $0.accelerator.family = nil } == "- 80.0 6")
        #expect(try await derived(["accelerator.memory_gb"]) { $0.accelerator.memoryGB = nil } == "Alpha - 6")
        #expect(try await derived(["accelerator.total"]) { $0.accelerator.total = nil } == "Alpha 80.0 -")
    }

    @Test func aSourceTellsWhichFieldsItsFileMaps() throws {
        let told = try source().toldFields
        #expect(
            told.list == [
                "name", "model", "model_family", "accelerator.type", "accelerator.family",
                "accelerator.memory_gb", "accelerator.per_replica", "accelerator.total", "replicas.ready",
                "status", "serving", "native_status",
            ])
        #expect(told.withheld == ["owner"] && told.lookup == [])
        #expect(told.origin(of: "owner") == .withheld && told.origin(of: "task") == .never)
        #expect(try source(exposesOwner: true).toldFields.origin(of: "owner") == .list)
    }
}
