extension Samples {
    /// `Tests/Samples/nemo_deployments_all_versions.json`, byte for byte.
    static let nemoDeployments = #"""
        {
          "data": [
            {
              "id": "model-deployment-BgW8qdyed6id56kxnsxkAE",
              "name": "chat-llama8b",
              "workspace": "ml-prod",
              "created_at": "2026-11-21T02:32:12.397270",
              "updated_at": "2026-11-21T02:32:12.573811",
              "entity_version": 1,
              "config": "llama-8b-1gpu",
              "config_version": 1,
              "status": "READY",
              "status_message": "Deployment is ready",
              "status_history": [
                {
                  "timestamp": "2026-11-21T02:32:12.478034Z",
                  "status": "CREATED",
                  "status_message": "Deployment created"
                },
                {
                  "timestamp": "2026-11-21T02:32:12.478034Z",
                  "status": "PENDING",
                  "status_message": "Waiting for NIM pod"
                },
                {
                  "timestamp": "2026-11-21T02:32:12.568438Z",
                  "status": "READY",
                  "status_message": "Deployment is ready"
                }
              ],
              "model_provider_id": "ml-prod/chat-llama8b",
              "auth_context": {
                "principal_id": "",
                "principal_groups": []
              }
            },
            {
              "id": "model-deployment-4kvkzyYwpDDteeycTU5Mm5",
              "name": "chat-llama70b",
              "workspace": "ml-prod",
              "created_at": "2026-11-21T02:32:12.666970",
              "updated_at": "2026-11-21T02:32:12.753395",
              "entity_version": 1,
              "config": "llama-70b-4gpu",
              "config_version": 1,
              "status": "PENDING",
              "status_message": "Waiting for 4 GPUs",
              "status_history": [
                {
                  "timestamp": "2026-11-21T02:32:12.748698Z",
                  "status": "CREATED",
                  "status_message": "Deployment created"
                },
                {
                  "timestamp": "2026-11-21T02:32:12.748698Z",
                  "status": "PENDING",
                  "status_message": "Waiting for 4 GPUs"
                }
              ],
              "auth_context": {
                "principal_id": "",
                "principal_groups": []
              }
            },
            {
              "id": "model-deployment-QUfiawwLLsbVfeEsf3Q2k6",
              "name": "qwen-32b",
              "workspace": "ml-prod",
              "created_at": "2026-11-21T02:32:12.917402",
              "updated_at": "2026-11-21T02:32:13.006006",
              "entity_version": 1,
              "config": "qwen-vllm-2gpu",
              "config_version": 1,
              "status": "ERROR",
              "status_message": "Image pull failed",
              "status_history": [
                {
                  "timestamp": "2026-11-21T02:32:13.000884Z",
                  "status": "CREATED",
                  "status_message": "Deployment created"
                },
                {
                  "timestamp": "2026-11-21T02:32:13.000884Z",
                  "status": "ERROR",
                  "status_message": "Image pull failed"
                }
              ],
              "auth_context": {
                "principal_id": "",
                "principal_groups": []
              }
            },
            {
              "id": "model-deployment-9xFQTwXFX4yCgfNd2Efs3S",
              "name": "old-canary",
              "workspace": "ml-prod",
              "created_at": "2026-11-21T02:32:13.101303",
              "updated_at": "2026-11-21T02:32:13.267893",
              "entity_version": 1,
              "config": "llama-8b-1gpu",
              "config_version": 1,
              "status": "LOST",
              "status_message": "Serving deployment no longer exists",
              "status_history": [
                {
                  "timestamp": "2026-11-21T02:32:13.180762Z",
                  "status": "CREATED",
                  "status_message": "Deployment created"
                },
                {
                  "timestamp": "2026-11-21T02:32:13.180762Z",
                  "status": "READY",
                  "status_message": "ok"
                },
                {
                  "timestamp": "2026-11-21T02:32:13.263009Z",
                  "status": "LOST",
                  "status_message": "Serving deployment no longer exists"
                }
              ],
              "model_provider_id": "ml-prod/old-canary",
              "auth_context": {
                "principal_id": "",
                "principal_groups": []
              }
            },
            {
              "id": "model-deployment-766shJwV5vVT6huabS4E4g",
              "name": "retired",
              "workspace": "ml-prod",
              "created_at": "2026-11-21T02:32:13.360549",
              "updated_at": "2026-11-21T02:32:13.441327",
              "entity_version": 1,
              "config": "llama-8b-1gpu",
              "config_version": 1,
              "status": "DELETING",
              "status_message": "Deployment deletion requested",
              "status_history": [],
              "auth_context": {
                "principal_id": "",
                "principal_groups": []
              }
            },
            {
              "id": "model-deployment-Qi9hbCsLyo4XfvVZdLJakD",
              "name": "gone",
              "workspace": "ml-prod",
              "created_at": "2026-11-21T02:32:13.477996",
              "updated_at": "2026-11-21T02:32:13.565354",
              "entity_version": 1,
              "config": "llama-8b-1gpu",
              "config_version": 1,
              "status": "DELETED",
              "status_message": "Deployment deleted",
              "status_history": [
                {
                  "timestamp": "2026-11-21T02:32:13.559161Z",
                  "status": "CREATED",
                  "status_message": "Deployment created"
                },
                {
                  "timestamp": "2026-11-21T02:32:13.559161Z",
                  "status": "DELETED",
                  "status_message": "Deployment deleted"
                }
              ],
              "auth_context": {
                "principal_id": "",
                "principal_groups": []
              }
            },
            {
              "id": "model-deployment-J9VDkDY9BmSKNuESM5iJji",
              "name": "mystery",
              "workspace": "ml-prod",
              "created_at": "2026-11-21T02:32:13.653199",
              "updated_at": "2026-11-21T02:32:13.738641",
              "entity_version": 1,
              "config": "qwen-vllm-2gpu",
              "config_version": 1,
              "status": "UNKNOWN",
              "status_message": "Backend returned an unrecognised state",
              "status_history": [
                {
                  "timestamp": "2026-11-21T02:32:13.733869Z",
                  "status": "CREATED",
                  "status_message": "Deployment created"
                },
                {
                  "timestamp": "2026-11-21T02:32:13.733869Z",
                  "status": "UNKNOWN",
                  "status_message": "Backend returned an unrecognised state"
                }
              ],
              "auth_context": {
                "principal_id": "",
                "principal_groups": []
              }
            },
            {
              "id": "model-deployment-83Tg9Wzdkfcva2J58qxnGC",
              "name": "chat-llama8b",
              "workspace": "ml-prod",
              "created_at": "2026-11-21T02:32:13.843101",
              "updated_at": "2026-11-21T02:32:13.843110",
              "entity_version": 2,
              "config": "llama-8b-1gpu",
              "config_version": 1,
              "status": "PENDING",
              "status_message": "Deployment update pending",
              "status_history": [],
              "auth_context": {
                "principal_id": "",
                "principal_groups": []
              }
            },
            {
              "id": "model-deployment-Fm7z1LQBAv4sKgBrNRD27R",
              "name": "embed-small",
              "workspace": "ml-prod",
              "created_at": "2026-11-21T02:33:30.527678",
              "updated_at": "2026-11-21T02:33:30.527688",
              "entity_version": 1,
              "config": "embed-cpu",
              "config_version": 1,
              "status": "CREATED",
              "status_message": "Deployment created",
              "status_history": [],
              "auth_context": {
                "principal_id": "",
                "principal_groups": []
              }
            }
          ],
          "pagination": {
            "page": 1,
            "page_size": 100,
            "current_page_size": 9,
            "total_pages": 1,
            "total_results": 9
          },
          "sort": "created_at"
        }

        """#
}
