extension Samples {
    /// `Tests/Samples/dashscope_deployments.json`, byte for byte.
    static let dashscopeDeployments = #"""
        {
          "request_id": "7efdd3a7-a90d-96c6-b477-70055d59edf7",
          "output": {
            "page_no": 1,
            "page_size": 10,
            "total": 10,
            "deployments": [
              {
                "deployed_model": "emo-35b3f106-sample01",
                "gmt_create": "2025-06-17T11:00:38",
                "gmt_modified": "2025-06-17T11:06:13",
                "status": "RUNNING",
                "model_name": "emo",
                "base_model": "emo",
                "base_capacity": 1,
                "capacity": 1,
                "ready_capacity": 1,
                "workspace_id": "llm-v71tlv3d***",
                "charge_type": "post_paid",
                "creator": "175805416***",
                "modifier": "175805416***"
              },
              {
                "deployed_model": "emo-35b3f106-sample02",
                "gmt_create": "2025-06-17T11:00:38",
                "gmt_modified": "2025-06-17T11:06:13",
                "status": "RUNNING",
                "model_name": "emo",
                "base_model": "emo",
                "base_capacity": 1,
                "capacity": 1,
                "ready_capacity": 1,
                "workspace_id": "llm-v71tlv3d***",
                "charge_type": "post_paid",
                "creator": "175805416***",
                "modifier": "175805416***",
                "plan": "cu"
              },
              {
                "deployed_model": "qwen-plus-2025-12-01-b6d61c71",
                "gmt_create": "2026-01-07T13:52:44",
                "gmt_modified": "2026-01-07T14:01:41",
                "status": "PENDING",
                "model_name": "qwen-plus-2025-12-01",
                "base_model": "qwen-plus-2025-12-01",
                "base_capacity": 4,
                "capacity": 4,
                "ready_capacity": 0,
                "workspace_id": "llm-8v53e*******",
                "charge_type": "post_paid",
                "creator": "16542902******",
                "modifier": "16542902********",
                "plan": "mu",
                "model_unit_spec": "MU1",
                "enable_thinking": true,
                "max_context_length": 1,
                "rpm_limit": 1000,
                "tpm_limit": 200
              },
              {
                "deployed_model": "qwen3-8b-ft-202511132025-0260",
                "gmt_create": "2025-11-20T20:06:46.405",
                "gmt_modified": "2025-11-20T20:06:46.405",
                "status": "PENDING",
                "model_name": "qwen3-8b-ft-202511132025-0260",
                "base_model": "qwen3-8b",
                "workspace_id": "llm-8v*****",
                "charge_type": "post_paid",
                "creator": "16542*****",
                "modifier": "16542*****",
                "plan": "lora"
              },
              {
                "deployed_model": "emo-35b3f106-sample03",
                "gmt_create": "2025-06-17T11:00:38",
                "gmt_modified": "2025-06-17T11:42:02.311",
                "status": "UPDATING",
                "model_name": "emo",
                "base_model": "emo",
                "base_capacity": 1,
                "capacity": 2,
                "ready_capacity": 1,
                "workspace_id": "llm-v71tlv3d***",
                "charge_type": "post_paid",
                "creator": "175805416***",
                "modifier": "175805416***"
              },
              {
                "deployed_model": "my-qwen-flash-ptu",
                "name": "my_qwen_flash",
                "model_name": "qwen-flash-2025-07-28",
                "base_model": "qwen-flash-2025-07-28",
                "status": "RUNNING",
                "plan": "ptu",
                "charge_type": "pre_paid",
                "ptu_capacity": {
                  "input_tpm": 10000,
                  "output_tpm": 1000
                },
                "pre_paid_gmt_expired": "2026-06-30T23:59:59",
                "overflow_strategy": "enable",
                "ptu_service_tier": "ptu_default",
                "workspace_id": "llm-8v53e*******",
                "creator": "16542902******",
                "modifier": "16542902******",
                "gmt_create": "2026-05-02T09:15:00",
                "gmt_modified": "2026-05-02T09:22:41"
              },
              {
                "deployed_model": "ptu-v2-waiting",
                "plan": "ptu_v2",
                "status": "WAIT_PRE_PAID_BILLING_TO_DEPLOYING",
                "ptu_capacity": {
                  "input_tpm_quota": 100,
                  "output_tpm_quota": 10
                }
              },
              {
                "deployed_model": "qwen3-32b-mu-failed",
                "name": "nightly",
                "model_name": "qwen3-32b",
                "base_model": "qwen3-32b",
                "status": "FAILED",
                "fail_reason": "insufficient resources",
                "plan": "mu",
                "model_unit_spec": "MU6",
                "base_capacity": 2,
                "capacity": "2",
                "ready_capacity": 0,
                "rpm_limit": "500",
                "workspace_id": "llm-8v53e*******",
                "charge_type": "post_paid",
                "creator": "16542902******",
                "modifier": "16542902******",
                "gmt_create": "2026-03-01T08:00:00.5",
                "gmt_modified": "2026-03-01T08:09:30"
              },
              {
                "deployed_model": "qwen3-8b-stopped",
                "model_name": "qwen3-8b",
                "base_model": "qwen3-8b",
                "status": "STOPPED",
                "plan": "mu",
                "model_unit_spec": "MU5",
                "base_capacity": 1,
                "capacity": 1,
                "ready_capacity": 0,
                "workspace_id": "llm-8v53e*******",
                "charge_type": "post_paid",
                "creator": "16542902******",
                "modifier": "16542902******",
                "gmt_create": "2026-02-01T10:00:00",
                "gmt_modified": "2026-02-03T18:30:00"
              },
              {
                "deployed_model": "emo-35b3f106-sample04",
                "gmt_create": "2025-06-17T11:00:38",
                "gmt_modified": "2025-06-17T11:42:02",
                "status": "DELETING",
                "model_name": "emo",
                "base_model": "emo",
                "base_capacity": 1,
                "capacity": 2,
                "ready_capacity": 1,
                "workspace_id": "llm-v71tlv3d***",
                "charge_type": "post_paid",
                "creator": "175805416***",
                "modifier": "175805416***"
              }
            ]
          }
        }

        """#
}
