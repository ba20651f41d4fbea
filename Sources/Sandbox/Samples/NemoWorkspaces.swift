extension Samples {
    /// `Tests/Samples/nemo_workspaces.json`, byte for byte.
    static let nemoWorkspaces = #"""
        {
          "data": [
            {
              "id": "workspace-R4K6Rd9Ye3XvpuLEdBinPF",
              "name": "team-b",
              "description": null,
              "created_at": "2026-11-21T02:04:49.352903",
              "created_by": "",
              "updated_at": "2026-11-21T02:04:49.352913",
              "updated_by": ""
            },
            {
              "id": "workspace-6EaRGLSXLuCSuLA9ggTiC6",
              "name": "system",
              "description": "Platform-provided resources (read-only for users)",
              "created_at": "2026-11-21T02:03:45.033741",
              "created_by": null,
              "updated_at": "2026-11-21T02:03:45.033752",
              "updated_by": null
            },
            {
              "id": "workspace-DqGDssLZf9rtaQX6boKzTr",
              "name": "default",
              "description": "General-purpose workspace (all users have write access)",
              "created_at": "2026-11-21T02:03:45.030408",
              "created_by": null,
              "updated_at": "2026-11-21T02:03:45.030420",
              "updated_by": null
            }
          ],
          "pagination": {
            "page": 1,
            "page_size": 100,
            "current_page_size": 3,
            "total_pages": 1,
            "total_results": 3
          },
          "sort": "-created_at",
          "filter": null
        }

        """#
}
