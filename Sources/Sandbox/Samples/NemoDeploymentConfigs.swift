extension Samples {
    /// `Tests/Samples/nemo_deployment_configs.json`, byte for byte.
    static let nemoDeploymentConfigs = #"""
        {
          "data": [
            {
              "id": "model-deployment-config-QpUbp88ygrXSpdSFLjY5UN",
              "name": "llama-8b-1gpu",
              "workspace": "ml-prod",
              "created_at": "2026-11-21T02:32:12.275084",
              "updated_at": "2026-11-21T02:32:12.275093",
              "entity_version": 1,
              "engine": "nim",
              "model_spec": {
                "model_namespace": "meta",
                "model_name": "llama-3.1-8b-instruct",
                "lora_enabled": false
              },
              "executor_config": {
                "gpu": 1,
                "disk_size": "50Gi",
                "image_name": "nvcr.io/nim/meta/llama-3.1-8b-instruct",
                "image_tag": "1.8.5",
                "additional_args": []
              }
            },
            {
              "id": "model-deployment-config-FBBp6tYRNhubS86D3QjxxK",
              "name": "llama-70b-4gpu",
              "workspace": "ml-prod",
              "created_at": "2026-11-21T02:32:12.308528",
              "updated_at": "2026-11-21T02:32:12.308536",
              "entity_version": 1,
              "engine": "nim",
              "model_spec": {
                "model_namespace": "meta",
                "model_name": "llama-3.1-70b-instruct",
                "lora_enabled": false
              },
              "executor_config": {
                "gpu": 4,
                "disk_size": "50Gi",
                "additional_args": []
              }
            },
            {
              "id": "model-deployment-config-9BQkJGejZ8hcZ29d5r1ie4",
              "name": "qwen-vllm-2gpu",
              "workspace": "ml-prod",
              "created_at": "2026-11-21T02:32:12.359599",
              "updated_at": "2026-11-21T02:32:12.359607",
              "entity_version": 1,
              "engine": "vllm",
              "model_spec": {
                "model_namespace": "Qwen",
                "model_name": "Qwen2.5-32B-Instruct",
                "lora_enabled": false
              },
              "executor_config": {
                "gpu": 2,
                "disk_size": "50Gi",
                "additional_args": []
              }
            },
            {
              "id": "model-deployment-config-CnsjzzpXg3khnZAS5b2txz",
              "name": "embed-cpu",
              "workspace": "ml-prod",
              "created_at": "2026-11-21T02:32:59.187101",
              "updated_at": "2026-11-21T02:32:59.187110",
              "entity_version": 1,
              "engine": "generic",
              "model_spec": {
                "lora_enabled": false
              },
              "executor_config": {
                "gpu": 0,
                "disk_size": "50Gi",
                "image_name": "registry.example.invalid/embed",
                "image_tag": "1",
                "health_check_path": "/health",
                "additional_args": []
              }
            }
          ],
          "pagination": {
            "page": 1,
            "page_size": 100,
            "current_page_size": 4,
            "total_pages": 1,
            "total_results": 4
          },
          "sort": "created_at"
        }

        """#
}
