extension Samples {
    /// `Tests/Samples/deploy_list.json`, byte for byte.
    static let deployList = #"""
        [
          {
            "deploy_id": "DpM4BkrjEspUwmTa",
            "model_name": "openai/whisper-small",
            "task": "automatic-speech-recognition",
            "status": "running",
            "fail_reason": "",
            "created_at": "2023-01-26T19:33:23",
            "updated_at": "2023-01-26T19:33:23"
          },
          {
            "deploy_id": "fkj843kjh8",
            "model_name": "google/vit-base-patch16-224",
            "version": "d8b79b422843bd59d628bf25b01aded94a9ec1a9b917e69fe460df9ff39ec42b",
            "task": "image-classification",
            "status": "deployed",
            "fail_reason": "Initialization failed",
            "created_at": "2021-08-27T17:19:21+00:00",
            "updated_at": "2021-08-27T17:19:21+00:00",
            "type": "legacy"
          },
          {
            "deploy_id": "DSw",
            "model_name": "meta-llama/Llama-3.1-8B",
            "task": "text-generation",
            "status": "running",
            "type": "legacy"
          },
          {
            "deploy_id": "kQ3vX9dLmP0aZ7tB",
            "model_name": "acme/llama-3-70b-ft",
            "version": "1f0c3d5e7a9b2c4d6e8f1a3b5c7d9e0f2a4b6c8d0e1f3a5b7c9d1e3f5a7b9c1d",
            "task": "text-generation",
            "status": "running",
            "fail_reason": "",
            "created_at": "2026-10-02T08:14:55+00:00",
            "updated_at": "2026-10-02T08:31:07+00:00",
            "type": "llm",
            "instances": {
              "running": 2,
              "pending": 0
            },
            "config": {
              "gpu": "H100-80GB",
              "num_gpus": 2,
              "max_batch_size": 96,
              "weights": {
                "repo": "acme/llama-3-70b-ft",
                "revision": "main",
                "token": "SECRET-FAKE-HF-TOKEN"
              }
            },
            "settings": {
              "min_instances": 1,
              "max_instances": 4
            }
          },
          {
            "deploy_id": "aa11bb22cc33dd44",
            "model_name": "acme/mistral-dl",
            "version": "0",
            "task": "text-generation",
            "status": "downloading",
            "fail_reason": "",
            "created_at": "2026-11-20T23:59:58+00:00",
            "updated_at": "2026-11-20T23:59:58+00:00",
            "type": "llm",
            "instances": {
              "running": 0,
              "pending": 1
            },
            "config": {
              "gpu": "A100-80GB",
              "num_gpus": 1,
              "max_batch_size": 32,
              "weights": null
            },
            "settings": null
          },
          {
            "deploy_id": "ee55ff66aa77bb88",
            "model_name": "acme/qwen-stopped",
            "version": "0",
            "task": "text-generation",
            "status": "stopped",
            "fail_reason": "",
            "created_at": "2026-09-01T00:00:00+00:00",
            "updated_at": "2026-09-05T12:00:00+00:00",
            "type": "llm",
            "instances": null,
            "config": {
              "gpu": "B200-180GB",
              "num_gpus": 8,
              "max_batch_size": 64,
              "weights": {
                "repo": "acme/qwen",
                "revision": null,
                "token": null
              }
            },
            "settings": {
              "min_instances": 0,
              "max_instances": 1
            }
          },
          {
            "deploy_id": "cc99dd00ee11ff22",
            "model_name": "acme/broken",
            "version": "0",
            "task": "text-generation",
            "status": "failed",
            "fail_reason": "Initialization failed",
            "created_at": "2026-11-01T10:00:00+00:00",
            "updated_at": "2026-11-01T10:20:00+00:00",
            "type": "llm",
            "instances": {
              "running": 0,
              "pending": 0
            },
            "config": {
              "gpu": "other",
              "num_gpus": 1,
              "max_batch_size": 16,
              "weights": {
                "repo": "acme/broken"
              }
            },
            "settings": {
              "min_instances": 1,
              "max_instances": 1
            }
          },
          {
            "deploy_id": "lora000000000001",
            "model_name": "acme/llama-3-8b-lora",
            "version": "0",
            "task": "text-generation",
            "status": "running",
            "fail_reason": "",
            "created_at": "2026-08-11T06:07:08+00:00",
            "updated_at": "2026-08-11T06:07:08+00:00",
            "type": "lora",
            "instances": null,
            "config": null,
            "settings": null
          },
          {
            "deploy_id": "tts0000000000001",
            "model_name": "acme/voice",
            "version": "0",
            "task": "text-to-speech",
            "status": "updating",
            "fail_reason": "",
            "created_at": "2026-10-30T01:02:03+00:00",
            "updated_at": "2026-10-30T01:02:03+00:00",
            "type": "tts"
          },
          {
            "deploy_id": "del0000000000001",
            "model_name": "acme/old",
            "version": "0",
            "task": "text-generation",
            "status": "deleted",
            "fail_reason": "",
            "created_at": "2026-01-01T00:00:00+00:00",
            "updated_at": "2026-02-01T00:00:00+00:00",
            "type": "llm",
            "config": {
              "gpu": "L40S-48GB",
              "num_gpus": 1,
              "max_batch_size": 8,
              "weights": {
                "repo": "acme/old"
              }
            },
            "settings": {
              "min_instances": 1,
              "max_instances": 1
            }
          }
        ]

        """#
}
