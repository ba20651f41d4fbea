import Adapters
import Deployments
import Testing

extension SampleTests {
    @Test func everyDeployListEntryIsARow() async throws {
        let fetch = try await Samples.fetch("deploy-list", "deploy_list")
        #expect(fetch.errors.isEmpty)
        #expect(fetch.drift.isEmpty)
        #expect(fetch.calls == 1)
        #expect(
            lines(fetch) == [
                "s/DpM4BkrjEspUwmTa - running READY/full",
                "s/fkj843kjh8 - deployed READY/full",
                "s/DSw - running READY/full",
                "s/kQ3vX9dLmP0aZ7tB - running READY/full",
                "s/aa11bb22cc33dd44 - downloading DEPLOYING/none",
                "s/ee55ff66aa77bb88 - stopped STOPPED/none",
                "s/cc99dd00ee11ff22 - failed FAILED/none",
                "s/lora000000000001 - running READY/full",
                "s/tts0000000000001 - updating UPDATING/unknown",
                "s/del0000000000001 - deleted DELETED/none",
            ])
    }

    @Test func aDeployListEntryOfTheOldFormHasWhatItSays() async throws {
        let fetch = try await Samples.fetch("deploy-list", "deploy_list")
        #expect(
            stated(try row("s/DpM4BkrjEspUwmTa", of: fetch)) == [
                "uid: s/DpM4BkrjEspUwmTa",
                "native_id: DpM4BkrjEspUwmTa",
                "name: openai/whisper-small",
                "model: openai/whisper-small",
                "task: automatic-speech-recognition",
                "status: READY",
                "serving: full",
                "native_status: running",
                "created_at: 2023-01-26T19:33:23.000000Z",
                "updated_at: 2023-01-26T19:33:23.000000Z",
                "latest: true",
                "model_family: whisper-small",
                "inferred: created_at, updated_at",
            ])
        #expect(
            stated(try row("s/DSw", of: fetch)) == [
                "uid: s/DSw",
                "native_id: DSw",
                "name: meta-llama/Llama-3.1-8B",
                "model: meta-llama/Llama-3.1-8B",
                "task: text-generation",
                "kind: legacy",
                "status: READY",
                "serving: full",
                "native_status: running",
                "latest: true",
                "model_family: llama-3.1-8b",
            ])
    }

    @Test func aDeployListEntryOfTheNewFormHasEveryField() async throws {
        let fetch = try await Samples.fetch("deploy-list", "deploy_list")
        #expect(
            stated(try row("s/kQ3vX9dLmP0aZ7tB", of: fetch)) == [
                "uid: s/kQ3vX9dLmP0aZ7tB",
                "native_id: kQ3vX9dLmP0aZ7tB",
                "name: acme/llama-3-70b-ft",
                "model: acme/llama-3-70b-ft",
                "model_version: 1f0c3d5e7a9b2c4d6e8f1a3b5c7d9e0f2a4b6c8d0e1f3a5b7c9d1e3f5a7b9c1d",
                "task: text-generation",
                "kind: llm",
                "status: READY",
                "serving: full",
                "native_status: running",
                "created_at: 2026-10-02T08:14:55.000000Z",
                "updated_at: 2026-10-02T08:31:07.000000Z",
                "latest: true",
                "replicas.ready: 2",
                "replicas.pending: 0",
                "replicas.min: 1",
                "replicas.max: 4",
                "accelerator.type: H100-80GB",
                "accelerator.family: H100",
                "accelerator.memory_gb: 80",
                "accelerator.per_replica: 2",
                "accelerator.total: 4",
                "accelerator.desired: 4",
                "model_family: llama-3-70b",
            ])
        #expect(
            stated(try row("s/cc99dd00ee11ff22", of: fetch)) == [
                "uid: s/cc99dd00ee11ff22",
                "native_id: cc99dd00ee11ff22",
                "name: acme/broken",
                "model: acme/broken",
                "model_version: 0",
                "task: text-generation",
                "kind: llm",
                "status: FAILED",
                "serving: none",
                "native_status: failed",
                "status_message: Initialization failed",
                "created_at: 2026-11-01T10:00:00.000000Z",
                "updated_at: 2026-11-01T10:20:00.000000Z",
                "latest: true",
                "replicas.ready: 0",
                "replicas.pending: 0",
                "replicas.min: 1",
                "replicas.max: 1",
                "accelerator.type: other",
                "accelerator.per_replica: 1",
                "accelerator.total: 0",
                "accelerator.desired: 0",
            ])
    }

    @Test func aVersionsHistoryIsReadInOurWords() async throws {
        let fetch = try await Samples.fetch("nemo", "nemo_deployments_all_versions")
        let rows = try #require(fetch.partitions.first).result.get().rows
        #expect(
            rows.map { String(decoding: $0.history ?? [], as: UTF8.self) }[3] == """
                [{"at":"2026-11-21T02:32:13.180762Z","status":"PENDING","native_status":"CREATED",\
                "message":"Deployment created"},{"at":"2026-11-21T02:32:13.180762Z","status":"READY",\
                "native_status":"READY","message":"ok"},{"at":"2026-11-21T02:32:13.263009Z","status":"LOST",\
                "native_status":"LOST","message":"Serving deployment no longer exists"}]
                """)
        #expect(rows.map { String(decoding: $0.history ?? [], as: UTF8.self) }[4] == "[]")
    }

    @Test func nothingOfAPlantedSecretPasses() async throws {
        let fetch = try await Samples.fetch("deploy-list", "deploy_list") { $0.exposesOwner = true }
        let rows = try #require(fetch.partitions.first).result.get().rows
        #expect(rows.count == 10)
        for row in rows {
            #expect(!"\(row)".contains("SECRET"))
            #expect(!String(decoding: row.native ?? [], as: UTF8.self).contains("SECRET"))
        }
        #expect(
            String(decoding: rows[3].native ?? [], as: UTF8.self) == """
                {"deploy_id":"kQ3vX9dLmP0aZ7tB","model_name":"acme/llama-3-70b-ft",\
                "version":"1f0c3d5e7a9b2c4d6e8f1a3b5c7d9e0f2a4b6c8d0e1f3a5b7c9d1e3f5a7b9c1d",\
                "task":"text-generation","status":"running","fail_reason":"",\
                "created_at":"2026-10-02T08:14:55+00:00","updated_at":"2026-10-02T08:31:07+00:00",\
                "type":"llm","instances":{"running":2,"pending":0},\
                "settings":{"min_instances":1,"max_instances":4},\
                "config":{"gpu":"H100-80GB","num_gpus":2,"max_batch_size":96}}
                """)
    }
}
