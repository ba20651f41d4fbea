extension Samples {
    /// `Tests/Samples/nemo_providers.json`, byte for byte.
    static let nemoProviders = #"""
        {
          "data": [
            {
              "id": "model-provider-5N33G6SJzW7ew2bGxqmQgX",
              "name": "chat-llama8b",
              "workspace": "ml-prod",
              "created_at": "2026-11-21T02:32:13.867737",
              "updated_at": "2026-11-21T02:32:13.895691",
              "description": "auto",
              "host_url": "http://nim-chat-llama8b.ml-prod.svc.cluster.local:8000",
              "served_models": [
                {
                  "model_entity_id": "ml-prod/llama-3.1-8b-instruct",
                  "served_model_name": "meta/llama-3.1-8b-instruct"
                }
              ],
              "status": "READY",
              "status_message": "",
              "model_deployment_id": "ml-prod/chat-llama8b",
              "auth_context": {
                "principal_id": "",
                "principal_groups": []
              }
            },
            {
              "id": "model-provider-ATnLm1Kzstmb7S7e9HQJP2",
              "name": "external-openai",
              "workspace": "ml-prod",
              "created_at": "2026-11-21T02:32:13.921011",
              "updated_at": "2026-11-21T02:32:13.921019",
              "host_url": "https://api.example.com/v1",
              "served_models": [],
              "status": "CREATED",
              "status_message": "Model provider created",
              "required_extra_headers": {
                "X-Api-Key": "REDACTED-SAMPLE"
              },
              "auth_context": {
                "principal_id": "",
                "principal_groups": []
              }
            }
          ],
          "pagination": {
            "page": 1,
            "page_size": 100,
            "current_page_size": 2,
            "total_pages": 1,
            "total_results": 2
          },
          "sort": "created_at"
        }

        """#
}
