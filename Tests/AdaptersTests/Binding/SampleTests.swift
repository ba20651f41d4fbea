import Adapters
import Deployments
import Testing

/// Every record of the samples: its uid, version and status; for some of them, every field.
@Suite(.timeLimit(.minutes(10))) struct SampleTests {
    /// `uid version native_status status/serving`, one for each row in the list's order.
    func lines(_ fetch: SourceFetch) -> [String] {
        fetch.rows.map { row in
            "\(row.uid) \(row.version.map { "\($0)" } ?? "-") \(row.nativeStatus ?? "-") "
                + "\(row.status.rawValue)/\(row.serving.rawValue)"
        }
    }

    /// `field: value` of every field that is not null, but for the source's own.
    func stated(_ row: ModelDeployment) -> [String] {
        let lines = DeploymentField.all.filter { $0.name != "revision" }.compactMap { field -> String? in
            switch field.get(row) {
            case .null: nil
            case .text(let text): "\(field.name): \(text)"
            case .number(let number): "\(field.name): \(Int(exactly: number).map { "\($0)" } ?? "\(number)")"
            case .time(let time): "\(field.name): \(time)"
            case .bool(let bool): "\(field.name): \(bool)"
            }
        }
        let own = ["source: s", "platform: \(row.platform)", "adapter: \(row.adapter)"]
        let inferred = row.inferred.isEmpty ? [] : ["inferred: " + row.inferred.joined(separator: ", ")]
        return lines.filter { !own.contains($0) } + inferred
    }

    func row(_ uid: String, version: Int? = nil, of fetch: SourceFetch) throws -> ModelDeployment {
        try #require(fetch.rows.first { $0.uid == uid && $0.version == version })
    }

    @Test func everyNeMoProviderIsARow() async throws {
        let fetch = try await Samples.fetch("nemo", "nemo_deployments_all_versions")
        let providers = try #require(fetch.providers)
        #expect(providers.drift.isEmpty)
        let rows = try providers.partitions.flatMap { try $0.result.get().rows }
        #expect(
            rows.map { String(decoding: $0.encoded(), as: UTF8.self) } == [
                """
                {"uid":"s/ml-prod/chat-llama8b","source":"s","platform":"nemo","adapter":"nemo","region":null,\
                "labels":{},"native_id":"model-provider-5N33G6SJzW7ew2bGxqmQgX","name":"chat-llama8b",\
                "workspace":"ml-prod","project":null,"description":"auto",\
                "host_url":"http://nim-chat-llama8b.ml-prod.svc.cluster.local:8000",\
                "deployment":"s/ml-prod/chat-llama8b","status":"READY","serving":"full","native_status":"READY",\
                "status_message":null,"created_at":"2026-11-21T02:32:13.867737Z",\
                "updated_at":"2026-11-21T02:32:13.895691Z","served_models":["meta/llama-3.1-8b-instruct"],\
                "enabled_models":[],"inferred":["created_at","updated_at"],"unread":[]}
                """,
                """
                {"uid":"s/ml-prod/external-openai","source":"s","platform":"nemo","adapter":"nemo","region":null,\
                "labels":{},"native_id":"model-provider-ATnLm1Kzstmb7S7e9HQJP2","name":"external-openai",\
                "workspace":"ml-prod","project":null,"description":null,"host_url":"https://api.example.com/v1",\
                "deployment":null,"status":"PENDING","serving":"none","native_status":"CREATED",\
                "status_message":"Model provider created","created_at":"2026-11-21T02:32:13.921011Z",\
                "updated_at":"2026-11-21T02:32:13.921019Z","served_models":[],"enabled_models":[],\
                "inferred":["created_at","updated_at"],"unread":[]}
                """,
            ])
    }

    @Test func everyNeMoVersionIsARow() async throws {
        let fetch = try await Samples.fetch("nemo", "nemo_deployments_all_versions")
        #expect(fetch.errors.isEmpty)
        #expect(fetch.drift.isEmpty)
        #expect(fetch.calls == 2)
        #expect(
            lines(fetch) == [
                "s/ml-prod/chat-llama8b 1 READY READY/full",
                "s/ml-prod/chat-llama70b 1 PENDING DEPLOYING/none",
                "s/ml-prod/qwen-32b 1 ERROR FAILED/none",
                "s/ml-prod/old-canary 1 LOST LOST/none",
                "s/ml-prod/retired 1 DELETING DELETING/none",
                "s/ml-prod/gone 1 DELETED DELETED/none",
                "s/ml-prod/mystery 1 UNKNOWN UNKNOWN/unknown",
                "s/ml-prod/chat-llama8b 2 PENDING DEPLOYING/none",
                "s/ml-prod/embed-small 1 CREATED PENDING/none",
            ])
    }

    @Test func aNeMoVersionThatIsReadyHasEveryField() async throws {
        let fetch = try await Samples.fetch("nemo", "nemo_deployments_all_versions")
        #expect(
            stated(try row("s/ml-prod/chat-llama8b", version: 1, of: fetch)) == [
                "uid: s/ml-prod/chat-llama8b",
                "native_id: model-deployment-BgW8qdyed6id56kxnsxkAE",
                "name: chat-llama8b",
                "workspace: ml-prod",
                "status: READY",
                "serving: full",
                "native_status: READY",
                "status_message: Deployment is ready",
                "status_since: 2026-11-21T02:32:12.568438Z",
                "created_at: 2026-11-21T02:32:12.397270Z",
                "updated_at: 2026-11-21T02:32:12.573811Z",
                "version_created_at: 2026-11-21T02:32:12.397270Z",
                "version: 1",
                "latest: true",
                "config: llama-8b-1gpu",
                "config_version: 1",
                "replicas.ready: 1",
                "replicas.desired: 1",
                "provider: ml-prod/chat-llama8b",
                "inferred: created_at, updated_at, version_created_at, replicas.ready, replicas.desired",
            ])
    }

    @Test func aNeMoVersionThatIsNotReadyHasWhatIsKnown() async throws {
        let fetch = try await Samples.fetch("nemo", "nemo_deployments_all_versions")
        #expect(
            stated(try row("s/ml-prod/chat-llama8b", version: 2, of: fetch)) == [
                "uid: s/ml-prod/chat-llama8b",
                "native_id: model-deployment-83Tg9Wzdkfcva2J58qxnGC",
                "name: chat-llama8b",
                "workspace: ml-prod",
                "status: DEPLOYING",
                "serving: none",
                "native_status: PENDING",
                "status_message: Deployment update pending",
                "created_at: 2026-11-21T02:32:13.843101Z",
                "updated_at: 2026-11-21T02:32:13.843110Z",
                "version_created_at: 2026-11-21T02:32:13.843101Z",
                "version: 2",
                "latest: true",
                "config: llama-8b-1gpu",
                "config_version: 1",
                "replicas.ready: 0",
                "replicas.desired: 1",
                "inferred: created_at, updated_at, version_created_at, replicas.ready, replicas.desired",
            ])
        #expect(
            stated(try row("s/ml-prod/qwen-32b", version: 1, of: fetch)) == [
                "uid: s/ml-prod/qwen-32b",
                "native_id: model-deployment-QUfiawwLLsbVfeEsf3Q2k6",
                "name: qwen-32b",
                "workspace: ml-prod",
                "status: FAILED",
                "serving: none",
                "native_status: ERROR",
                "status_message: Image pull failed",
                "status_since: 2026-11-21T02:32:13.000884Z",
                "created_at: 2026-11-21T02:32:12.917402Z",
                "updated_at: 2026-11-21T02:32:13.006006Z",
                "version_created_at: 2026-11-21T02:32:12.917402Z",
                "version: 1",
                "latest: true",
                "config: qwen-vllm-2gpu",
                "config_version: 1",
                "replicas.ready: 0",
                "replicas.desired: 1",
                "inferred: created_at, updated_at, version_created_at, replicas.ready, replicas.desired",
            ])
    }

    @Test func everyNeMoDeploymentIsARow() async throws {
        let fetch = try await Samples.fetch("nemo", "nemo_deployments")
        #expect(fetch.errors.isEmpty)
        #expect(fetch.drift.isEmpty)
        #expect(fetch.calls == 2)
        #expect(
            lines(fetch) == [
                "s/ml-prod/chat-llama8b 2 PENDING DEPLOYING/none",
                "s/ml-prod/chat-llama70b 1 PENDING DEPLOYING/none",
                "s/ml-prod/qwen-32b 1 ERROR FAILED/none",
                "s/ml-prod/old-canary 1 LOST LOST/none",
                "s/ml-prod/retired 1 DELETING DELETING/none",
                "s/ml-prod/gone 1 DELETED DELETED/none",
                "s/ml-prod/mystery 1 UNKNOWN UNKNOWN/unknown",
                "s/ml-prod/embed-small 1 CREATED PENDING/none",
            ])
    }

    @Test func everyDashScopeDeploymentIsARow() async throws {
        let fetch = try await Samples.fetch("dashscope", "dashscope_deployments")
        #expect(fetch.errors.isEmpty)
        #expect(fetch.drift.isEmpty)
        #expect(fetch.calls == 1)
        #expect(
            lines(fetch) == [
                "s/emo-35b3f106-sample01 - RUNNING READY/full",
                "s/emo-35b3f106-sample02 - RUNNING READY/full",
                "s/qwen-plus-2025-12-01-b6d61c71 - PENDING PENDING/none",
                "s/qwen3-8b-ft-202511132025-0260 - PENDING PENDING/none",
                "s/emo-35b3f106-sample03 - UPDATING UPDATING/full",
                "s/my-qwen-flash-ptu - RUNNING READY/full",
                "s/ptu-v2-waiting - WAIT_PRE_PAID_BILLING_TO_DEPLOYING PENDING/none",
                "s/qwen3-32b-mu-failed - FAILED FAILED/none",
                "s/qwen3-8b-stopped - STOPPED STOPPED/none",
                "s/emo-35b3f106-sample04 - DELETING DELETING/none",
            ])
    }

    @Test func aDashScopeDeploymentThatServesHasEveryField() async throws {
        let fetch = try await Samples.fetch("dashscope", "dashscope_deployments")
        #expect(
            stated(try row("s/emo-35b3f106-sample01", of: fetch)) == [
                "uid: s/emo-35b3f106-sample01",
                "native_id: emo-35b3f106-sample01",
                "name: emo-35b3f106-sample01",
                "workspace: llm-v71tlv3d***",
                "model: emo",
                "base_model: emo",
                "status: READY",
                "serving: full",
                "native_status: RUNNING",
                "created_at: 2025-06-17T03:00:38.000000Z",
                "updated_at: 2025-06-17T03:06:13.000000Z",
                "latest: true",
                "capacity.ready: 1",
                "capacity.desired: 1",
                "capacity.base: 1",
                "endpoint.model: emo-35b3f106-sample01",
                "endpoint.auth: bearer",
                "billing_mode: post_paid",
                "inferred: created_at, updated_at, endpoint.model, endpoint.auth",
            ])
        #expect(
            stated(try row("s/my-qwen-flash-ptu", of: fetch)) == [
                "uid: s/my-qwen-flash-ptu",
                "native_id: my-qwen-flash-ptu",
                "name: my_qwen_flash",
                "workspace: llm-8v53e*******",
                "model: qwen-flash-2025-07-28",
                "base_model: qwen-flash-2025-07-28",
                "kind: ptu",
                "status: READY",
                "serving: full",
                "native_status: RUNNING",
                "created_at: 2026-05-02T01:15:00.000000Z",
                "updated_at: 2026-05-02T01:22:41.000000Z",
                "latest: true",
                "capacity.unit: ptu",
                "endpoint.base_url: https://platform.example/compatible-mode/v1",
                "endpoint.model: my-qwen-flash-ptu",
                "endpoint.protocol: openai",
                "endpoint.auth: bearer",
                "billing_mode: pre_paid",
                "inferred: created_at, updated_at, endpoint.base_url, endpoint.model, endpoint.protocol, endpoint.auth",
            ])
    }

    @Test func aDashScopeDeploymentThatDoesNotServeHasWhatIsKnown() async throws {
        let fetch = try await Samples.fetch("dashscope", "dashscope_deployments")
        #expect(
            stated(try row("s/qwen3-32b-mu-failed", of: fetch)) == [
                "uid: s/qwen3-32b-mu-failed",
                "native_id: qwen3-32b-mu-failed",
                "name: nightly",
                "workspace: llm-8v53e*******",
                "model: qwen3-32b",
                "base_model: qwen3-32b",
                "kind: mu",
                "status: FAILED",
                "serving: none",
                "native_status: FAILED",
                "status_message: insufficient resources",
                "created_at: 2026-03-01T00:00:00.500000Z",
                "updated_at: 2026-03-01T00:09:30.000000Z",
                "latest: true",
                "capacity.unit: MU6",
                "capacity.ready: 0",
                "capacity.desired: 2",
                "capacity.base: 2",
                "model_family: qwen3-32b",
                "endpoint.base_url: https://platform.example/compatible-mode/v1",
                "endpoint.model: qwen3-32b-mu-failed",
                "endpoint.protocol: openai",
                "endpoint.auth: bearer",
                "billing_mode: post_paid",
                "inferred: created_at, updated_at, endpoint.base_url, endpoint.model, endpoint.protocol, endpoint.auth",
            ])
        #expect(
            stated(try row("s/ptu-v2-waiting", of: fetch)) == [
                "uid: s/ptu-v2-waiting",
                "native_id: ptu-v2-waiting",
                "name: ptu-v2-waiting",
                "kind: ptu_v2",
                "status: PENDING",
                "serving: none",
                "native_status: WAIT_PRE_PAID_BILLING_TO_DEPLOYING",
                "latest: true",
                "capacity.unit: ptu_v2",
                "endpoint.model: ptu-v2-waiting",
                "endpoint.auth: bearer",
                "inferred: endpoint.model, endpoint.auth",
            ])
    }
}
