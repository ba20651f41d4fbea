/// The recorded lists as a gateway has to serve them.
///
/// Written from `Tests/Samples` and the documented meaning of their fields, not copied from output.
enum SampleRecords {
    /// `uid version latest native_status status/serving created_at`, in the order of uid, then version.
    static let all = [
        "ali/emo-35b3f106-sample01 - latest RUNNING READY/full 2025-06-17T03:00:38.000000Z",
        "ali/emo-35b3f106-sample02 - latest RUNNING READY/full 2025-06-17T03:00:38.000000Z",
        "ali/emo-35b3f106-sample03 - latest UPDATING UPDATING/full 2025-06-17T03:00:38.000000Z",
        "ali/emo-35b3f106-sample04 - latest DELETING DELETING/none 2025-06-17T03:00:38.000000Z",
        "ali/my-qwen-flash-ptu - latest RUNNING READY/full 2026-05-02T01:15:00.000000Z",
        "ali/ptu-v2-waiting - latest WAIT_PRE_PAID_BILLING_TO_DEPLOYING PENDING/none -",
        "ali/qwen-plus-2025-12-01-b6d61c71 - latest PENDING PENDING/none 2026-01-07T05:52:44.000000Z",
        "ali/qwen3-32b-mu-failed - latest FAILED FAILED/none 2026-03-01T00:00:00.500000Z",
        "ali/qwen3-8b-ft-202511132025-0260 - latest PENDING PENDING/none 2025-11-20T12:06:46.405000Z",
        "ali/qwen3-8b-stopped - latest STOPPED STOPPED/none 2026-02-01T02:00:00.000000Z",
        "deepinfra/DSw - latest running READY/full -",
        "deepinfra/DpM4BkrjEspUwmTa - latest running READY/full 2023-01-26T19:33:23.000000Z",
        "deepinfra/aa11bb22cc33dd44 - latest downloading DEPLOYING/none 2026-11-20T23:59:58.000000Z",
        "deepinfra/cc99dd00ee11ff22 - latest failed FAILED/none 2026-11-01T10:00:00.000000Z",
        "deepinfra/del0000000000001 - latest deleted DELETED/none 2026-01-01T00:00:00.000000Z",
        "deepinfra/ee55ff66aa77bb88 - latest stopped STOPPED/none 2026-09-01T00:00:00.000000Z",
        "deepinfra/fkj843kjh8 - latest deployed READY/full 2021-08-27T17:19:21.000000Z",
        "deepinfra/kQ3vX9dLmP0aZ7tB - latest running READY/full 2026-10-02T08:14:55.000000Z",
        "deepinfra/lora000000000001 - latest running READY/full 2026-08-11T06:07:08.000000Z",
        "deepinfra/tts0000000000001 - latest updating UPDATING/unknown 2026-10-30T01:02:03.000000Z",
        "research/ml-prod/chat-llama70b 1 latest PENDING DEPLOYING/none 2026-11-21T02:32:12.666970Z",
        "research/ml-prod/chat-llama8b 1 older READY READY/full 2026-11-21T02:32:12.397270Z",
        "research/ml-prod/chat-llama8b 2 latest PENDING DEPLOYING/none 2026-11-21T02:32:12.397270Z",
        "research/ml-prod/embed-small 1 latest CREATED PENDING/none 2026-11-21T02:33:30.527678Z",
        "research/ml-prod/gone 1 latest DELETED DELETED/none 2026-11-21T02:32:13.477996Z",
        "research/ml-prod/mystery 1 latest UNKNOWN UNKNOWN/unknown 2026-11-21T02:32:13.653199Z",
        "research/ml-prod/old-canary 1 latest LOST LOST/none 2026-11-21T02:32:13.101303Z",
        "research/ml-prod/qwen-32b 1 latest ERROR FAILED/none 2026-11-21T02:32:12.917402Z",
        "research/ml-prod/retired 1 latest DELETING DELETING/none 2026-11-21T02:32:13.360549Z",
    ]

    /// The placeholder for the time of the first fetch, which no recording knows.
    static let firstSeen = "FIRST-SEEN"

    /// The placeholder for the address of the sandbox.
    static let baseURL = "BASE-URL"

    /// The placeholder for a revision, which depends on both.
    static let revision = "REVISION"

    /// The placeholder for the times of lookups.
    static let lookedUp = "LOOKED-UP"

    /// A query for one record, and the record as it is served.
    static let complete: [(query: String, record: String)] = [
        (
            "uid=research/ml-prod/chat-llama8b",
            #"""
            {"uid":"research/ml-prod/chat-llama8b","source":"research","platform":"nemo","adapter":"nemo",\#
            "region":null,"labels":{"team":"search"},\#
            "native_id":"model-deployment-83Tg9Wzdkfcva2J58qxnGC","name":"chat-llama8b",\#
            "workspace":"ml-prod","project":null,"model":"meta/llama-3.1-8b-instruct","model_version":null,"base_model":null,\#
            "task":null,"kind":null,"status":"DEPLOYING","serving":"none","native_status":"PENDING",\#
            "status_message":"Deployment update pending","status_since":"FIRST-SEEN",\#
            "created_at":"2026-11-21T02:32:12.397270Z","updated_at":"2026-11-21T02:32:13.843110Z",\#
            "version_created_at":"2026-11-21T02:32:13.843101Z","version":2,"latest":true,\#
            "config":"llama-8b-1gpu","config_version":1,"replicas":{"ready":0,"pending":null,\#
            "desired":1,"min":null,"max":null},"capacity":{"unit":null,"ready":null,"desired":null,\#
            "base":null},"accelerator":{"type":null,"family":null,"memory_gb":null,"per_replica":1,\#
            "total":0,"desired":1},\#
            "engine":"nim","image":"nvcr.io/nim/meta/llama-3.1-8b-instruct:1.8.5",\#
            "model_family":"llama-3.1-8b",\#
            "endpoint":{"base_url":"http://nim-chat-llama8b.ml-prod.svc.cluster.local:8000/v1",\#
            "model":"meta/llama-3.1-8b-instruct","protocol":"openai","auth":null,\#
            "api_version":null,"models":["meta/llama-3.1-8b-instruct"]},\#
            "billing_mode":null,"owner":null,"provider":null,"links":{"console":null},\#
            "inferred":["status_since",\#
            "created_at","updated_at","version_created_at",\#
            "replicas.ready","replicas.desired",\#
            "accelerator.total","accelerator.desired","endpoint.base_url","endpoint.protocol"],"unread":[],\#
            "stated_by_operator":[],"lookups":[{"name":"config","state":"ok",\#
            "fields":["model","model_version","accelerator.per_replica","engine","image"],\#
            "observed_at":"LOOKED-UP","error":null},{"name":"provider","state":"ok",\#
            "fields":["endpoint.base_url","endpoint.model","endpoint.protocol","endpoint.models"],\#
            "observed_at":"LOOKED-UP","error":null}],"revision":"REVISION"}
            """#
        ),
        (
            "uid=research/ml-prod/qwen-32b",
            #"""
            {"uid":"research/ml-prod/qwen-32b","source":"research","platform":"nemo","adapter":"nemo",\#
            "region":null,"labels":{"team":"search"},\#
            "native_id":"model-deployment-QUfiawwLLsbVfeEsf3Q2k6","name":"qwen-32b","workspace":"ml-prod",\#
            "project":null,"model":"Qwen/Qwen2.5-32B-Instruct","model_version":null,"base_model":null,"task":null,"kind":null,\#
            "status":"FAILED","serving":"none","native_status":"ERROR",\#
            "status_message":"Image pull failed","status_since":"2026-11-21T02:32:13.000884Z",\#
            "created_at":"2026-11-21T02:32:12.917402Z","updated_at":"2026-11-21T02:32:13.006006Z",\#
            "version_created_at":"2026-11-21T02:32:12.917402Z","version":1,"latest":true,\#
            "config":"qwen-vllm-2gpu","config_version":1,"replicas":{"ready":0,"pending":null,\#
            "desired":1,"min":null,"max":null},"capacity":{"unit":null,"ready":null,"desired":null,\#
            "base":null},"accelerator":{"type":null,"family":null,"memory_gb":null,"per_replica":2,\#
            "total":0,"desired":2},\#
            "engine":"vllm","image":null,\#
            "model_family":"qwen2.5-32b",\#
            "endpoint":{"base_url":null,"model":null,"protocol":null,"auth":null,\#
            "api_version":null,"models":[]},\#
            "billing_mode":null,"owner":null,"provider":null,"links":{"console":null},\#
            "inferred":["created_at",\#
            "updated_at","version_created_at",\#
            "replicas.ready","replicas.desired",\#
            "accelerator.total","accelerator.desired"],"unread":[],\#
            "stated_by_operator":[],"lookups":[{"name":"config","state":"ok",\#
            "fields":["model","model_version","accelerator.per_replica","engine","image"],\#
            "observed_at":"LOOKED-UP","error":null},{"name":"provider","state":"ok",\#
            "fields":["endpoint.base_url","endpoint.model","endpoint.protocol","endpoint.models"],\#
            "observed_at":"LOOKED-UP","error":null}],"revision":"REVISION"}
            """#
        ),
        (
            "uid=research/ml-prod/old-canary&include=history",
            #"""
            {"uid":"research/ml-prod/old-canary","source":"research","platform":"nemo","adapter":"nemo",\#
            "region":null,"labels":{"team":"search"},\#
            "native_id":"model-deployment-9xFQTwXFX4yCgfNd2Efs3S","name":"old-canary",\#
            "workspace":"ml-prod","project":null,"model":"meta/llama-3.1-8b-instruct","model_version":null,"base_model":null,\#
            "task":null,"kind":null,"status":"LOST","serving":"none","native_status":"LOST",\#
            "status_message":"Serving deployment no longer exists",\#
            "status_since":"2026-11-21T02:32:13.263009Z","created_at":"2026-11-21T02:32:13.101303Z",\#
            "updated_at":"2026-11-21T02:32:13.267893Z","version_created_at":"2026-11-21T02:32:13.101303Z",\#
            "version":1,"latest":true,"config":"llama-8b-1gpu","config_version":1,\#
            "replicas":{"ready":0,"pending":null,"desired":1,"min":null,"max":null},\#
            "capacity":{"unit":null,"ready":null,"desired":null,"base":null},"accelerator":{"type":null,\#
            "family":null,"memory_gb":null,"per_replica":1,"total":0,"desired":1},\#
            "engine":"nim","image":"nvcr.io/nim/meta/llama-3.1-8b-instruct:1.8.5",\#
            "model_family":"llama-3.1-8b",\#
            "endpoint":{"base_url":null,"model":null,"protocol":null,"auth":null,\#
            "api_version":null,"models":[]},\#
            "billing_mode":null,\#
            "owner":null,"provider":"ml-prod/old-canary","links":{"console":null},\#
            "inferred":["created_at","updated_at",\#
            "version_created_at",\#
            "replicas.ready","replicas.desired",\#
            "accelerator.total","accelerator.desired"],\#
            "unread":[],\#
            "stated_by_operator":[],"lookups":[{"name":"config","state":"ok",\#
            "fields":["model","model_version","accelerator.per_replica","engine","image"],\#
            "observed_at":"LOOKED-UP","error":null},{"name":"provider","state":"ok",\#
            "fields":["endpoint.base_url","endpoint.model","endpoint.protocol","endpoint.models"],\#
            "observed_at":"LOOKED-UP","error":null}],"revision":"REVISION","history":[{"at":"2026-11-21T02:32:13.180762Z","status":"PENDING",\#
            "native_status":"CREATED","message":"Deployment created"},{"at":"2026-11-21T02:32:13.180762Z",\#
            "status":"READY","native_status":"READY","message":"ok"},{"at":"2026-11-21T02:32:13.263009Z",\#
            "status":"LOST","native_status":"LOST","message":"Serving deployment no longer exists"}]}
            """#
        ),
        (
            "uid=ali/qwen3-32b-mu-failed&include=history",
            #"""
            {"uid":"ali/qwen3-32b-mu-failed","source":"ali","platform":"dashscope","adapter":"dashscope",\#
            "region":"ap-southeast-1","labels":{},"native_id":"qwen3-32b-mu-failed","name":"nightly",\#
            "workspace":"llm-8v53e*******","project":null,"model":"qwen3-32b","model_version":null,\#
            "base_model":"qwen3-32b","task":null,"kind":"mu","status":"FAILED","serving":"none",\#
            "native_status":"FAILED","status_message":"insufficient resources",\#
            "status_since":"FIRST-SEEN","created_at":"2026-03-01T00:00:00.500000Z",\#
            "updated_at":"2026-03-01T00:09:30.000000Z","version_created_at":null,"version":null,\#
            "latest":true,"config":null,"config_version":null,"replicas":{"ready":null,"pending":null,\#
            "desired":null,"min":null,"max":null},"capacity":{"unit":"MU6","ready":0,"desired":2,\#
            "base":2},"accelerator":{"type":null,"family":null,"memory_gb":null,"per_replica":null,\#
            "total":null,"desired":null},"engine":null,"image":null,\#
            "model_family":"qwen3-32b",\#
            "endpoint":{"base_url":"BASE-URL/samples/dashscope/compatible-mode/v1",\#
            "model":"qwen3-32b-mu-failed","protocol":"openai","auth":"bearer",\#
            "api_version":null,"models":[]},\#
            "billing_mode":"post_paid","owner":null,"provider":null,\#
            "links":{"console":null},\#
            "inferred":["status_since","created_at","updated_at",\#
            "endpoint.base_url","endpoint.model","endpoint.protocol","endpoint.auth"],"unread":[],\#
            "stated_by_operator":[],"lookups":[],"revision":"REVISION","history":[]}
            """#
        ),
        (
            "uid=ali/my-qwen-flash-ptu",
            #"""
            {"uid":"ali/my-qwen-flash-ptu","source":"ali","platform":"dashscope","adapter":"dashscope",\#
            "region":"ap-southeast-1","labels":{},"native_id":"my-qwen-flash-ptu","name":"my_qwen_flash",\#
            "workspace":"llm-8v53e*******","project":null,"model":"qwen-flash-2025-07-28",\#
            "model_version":null,"base_model":"qwen-flash-2025-07-28","task":null,"kind":"ptu",\#
            "status":"READY","serving":"full","native_status":"RUNNING","status_message":null,\#
            "status_since":"FIRST-SEEN","created_at":"2026-05-02T01:15:00.000000Z",\#
            "updated_at":"2026-05-02T01:22:41.000000Z","version_created_at":null,"version":null,\#
            "latest":true,"config":null,"config_version":null,"replicas":{"ready":null,"pending":null,\#
            "desired":null,"min":null,"max":null},"capacity":{"unit":"ptu","ready":null,"desired":null,\#
            "base":null},"accelerator":{"type":null,"family":null,"memory_gb":null,"per_replica":null,\#
            "total":null,"desired":null},"engine":null,"image":null,\#
            "model_family":null,\#
            "endpoint":{"base_url":"BASE-URL/samples/dashscope/compatible-mode/v1",\#
            "model":"my-qwen-flash-ptu","protocol":"openai","auth":"bearer",\#
            "api_version":null,"models":[]},\#
            "billing_mode":"pre_paid","owner":null,"provider":null,\#
            "links":{"console":null},\#
            "inferred":["status_since","created_at","updated_at",\#
            "endpoint.base_url","endpoint.model","endpoint.protocol","endpoint.auth"],"unread":[],\#
            "stated_by_operator":[],"lookups":[],"revision":"REVISION"}
            """#
        ),
        (
            "uid=deepinfra/kQ3vX9dLmP0aZ7tB",
            #"""
            {"uid":"deepinfra/kQ3vX9dLmP0aZ7tB","source":"deepinfra","platform":"deepinfra",\#
            "adapter":"deploy-list","region":null,"labels":{},"native_id":"kQ3vX9dLmP0aZ7tB",\#
            "name":"acme/llama-3-70b-ft","workspace":null,"project":null,"model":"acme/llama-3-70b-ft",\#
            "model_version":"1f0c3d5e7a9b2c4d6e8f1a3b5c7d9e0f2a4b6c8d0e1f3a5b7c9d1e3f5a7b9c1d",\#
            "base_model":null,"task":"text-generation","kind":"llm","status":"READY","serving":"full",\#
            "native_status":"running","status_message":null,"status_since":"FIRST-SEEN",\#
            "created_at":"2026-10-02T08:14:55.000000Z","updated_at":"2026-10-02T08:31:07.000000Z",\#
            "version_created_at":null,"version":null,"latest":true,"config":null,"config_version":null,\#
            "replicas":{"ready":2,"pending":0,"desired":null,"min":1,"max":4},"capacity":{"unit":null,\#
            "ready":null,"desired":null,"base":null},"accelerator":{"type":"H100-80GB","family":"H100",\#
            "memory_gb":80,"per_replica":2,"total":4,"desired":4},\#
            "engine":null,"image":null,\#
            "model_family":"llama-3-70b",\#
            "endpoint":{"base_url":"BASE-URL/samples/deploy-list/v1/openai",\#
            "model":"acme/llama-3-70b-ft","protocol":"openai","auth":"bearer",\#
            "api_version":null,"models":[]},\#
            "billing_mode":null,"owner":null,"provider":null,\#
            "links":{"console":null},\#
            "inferred":["status_since",\#
            "endpoint.base_url","endpoint.model","endpoint.protocol","endpoint.auth"],"unread":[],\#
            "stated_by_operator":[],"lookups":[],"revision":"REVISION"}
            """#
        ),
        (
            "uid=deepinfra/fkj843kjh8",
            #"""
            {"uid":"deepinfra/fkj843kjh8","source":"deepinfra","platform":"deepinfra",\#
            "adapter":"deploy-list","region":null,"labels":{},"native_id":"fkj843kjh8",\#
            "name":"google/vit-base-patch16-224","workspace":null,"project":null,\#
            "model":"google/vit-base-patch16-224",\#
            "model_version":"d8b79b422843bd59d628bf25b01aded94a9ec1a9b917e69fe460df9ff39ec42b",\#
            "base_model":null,"task":"image-classification","kind":"legacy","status":"READY",\#
            "serving":"full","native_status":"deployed","status_message":"Initialization failed",\#
            "status_since":"FIRST-SEEN","created_at":"2021-08-27T17:19:21.000000Z",\#
            "updated_at":"2021-08-27T17:19:21.000000Z","version_created_at":null,"version":null,\#
            "latest":true,"config":null,"config_version":null,"replicas":{"ready":null,"pending":null,\#
            "desired":null,"min":null,"max":null},"capacity":{"unit":null,"ready":null,"desired":null,\#
            "base":null},"accelerator":{"type":null,"family":null,"memory_gb":null,"per_replica":null,\#
            "total":null,"desired":null},\#
            "engine":null,"image":null,\#
            "model_family":null,\#
            "endpoint":{"base_url":"BASE-URL/samples/deploy-list/v1/openai",\#
            "model":"google/vit-base-patch16-224","protocol":"openai","auth":"bearer",\#
            "api_version":null,"models":[]},\#
            "billing_mode":null,"owner":null,"provider":null,"links":{"console":null},\#
            "inferred":["status_since",\#
            "endpoint.base_url","endpoint.model","endpoint.protocol","endpoint.auth"],"unread":[],\#
            "stated_by_operator":[],"lookups":[],"revision":"REVISION"}
            """#
        ),
    ]
}
