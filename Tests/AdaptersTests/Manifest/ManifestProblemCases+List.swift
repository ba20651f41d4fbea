/// Edits of the sound file, by the section that they stand in.
extension ManifestProblemTests {
    static let list: [Case] = [
        Case(
            "  get: /v1/{partition.region}/endpoints\n", "",
            "nimbus.yaml:14: list: `get` is missing"),
        Case(
            "/v1/{partition.region}/endpoints", "v1/endpoints",
            "nimbus.yaml:14: list.get: must be a path that begins with / or with an input of "
                + "type path, not `v1/endpoints`"),
        Case(
            "/v1/{partition.region}/endpoints", "\"{inputs.project}/endpoints\"",
            "nimbus.yaml:14: list.get: must be a path that begins with / or with an input of "
                + "type path, not `{inputs.project}/endpoints`"),
        Case(
            "/v1/{partition.region}/endpoints", "[]",
            "nimbus.yaml:14: list.get: must name at least one path"),
        Case(
            "records: $.items", "records: items",
            "nimbus.yaml:16: list.records: at character 1: a path must begin with `$`, such as "
                + "$.name"),
        Case(
            "records: $.items", "records: $.items\n  missing: ignore",
            "nimbus.yaml:17: list.missing: must be one of error, empty, not `ignore`"),
        Case(
            "{by: none}", "{by: cursor, parameter: c}",
            "nimbus.yaml:17: list.pages.by: must be one of none, page, offset, token, link, "
                + "not `cursor`"),
        Case(
            "{by: none}", "{by: none, total: $.total}",
            "nimbus.yaml:17: list.pages.total: unknown key; the keys here are by"),
        Case(
            "{by: none}", "{by: page}",
            "nimbus.yaml:17: list.pages: `parameter` is missing",
            "nimbus.yaml:17: list.pages: has nothing that ends the list: add `total`, "
                + "`total_pages` or `has_more`, or `stop: empty` or `stop: short`"),
        Case(
            "{by: none}", "{by: page, parameter: page, stop: total}",
            "nimbus.yaml:17: list.pages.stop: `total` also needs the key `total`"),
        Case(
            "{by: none}", "{by: page, parameter: page, stop: no_next}",
            "nimbus.yaml:17: list.pages.stop: `no_next` ends only a list that is paged by "
                + "token or link"),
        Case(
            "{by: none}", "{by: page, parameter: page, stop: short}",
            "nimbus.yaml:17: list.pages.stop: `short` also needs the key `size`"),
        Case(
            "{by: none}", "{by: offset, parameter: skip, total_pages: $.pages}",
            "nimbus.yaml:17: list.pages: has nothing that ends the list: add `total` or "
                + "`has_more`, or `stop: empty` or `stop: short`",
            "nimbus.yaml:17: list.pages.total_pages: unknown key; the keys here are by, "
                + "has_more, parameter, size, stop, total"),
        Case(
            "{by: none}", "{by: offset, parameter: skip, stop: total_pages}",
            "nimbus.yaml:17: list.pages.stop: `total_pages` ends only a list that is paged "
                + "by page"),
        Case(
            "{by: none}", "{by: token, parameter: token}",
            "nimbus.yaml:17: list.pages: `next` is missing"),
        Case(
            "{by: none}", "{by: link, parameter: page, next: $.next}",
            "nimbus.yaml:17: list.pages.parameter: unknown key; the keys here are by, "
                + "has_more, last, next, size, stop, total"),
        Case(
            "{by: none}", "{by: page, parameter: page, first: 2, size: {ask: 0}, total: $.total}",
            "nimbus.yaml:17: list.pages.size: `parameter` is missing",
            "nimbus.yaml:17: list.pages.size.ask: must be a whole number from 1 to 100000, "
                + "not `0`",
            "nimbus.yaml:17: list.pages.first: must be a whole number from 0 to 1, not `2`"),
        Case(
            "{by: none}",
            "{by: none}\n  believe_empty: {when: $.items, get: /v1/me, records: $.me, else: "
                + "denied}",
            "nimbus.yaml:18: list.believe_empty.when: reads $.items, but there is no record "
                + "here; read inputs or the partition",
            "nimbus.yaml:18: list.believe_empty.else: must be one of unreachable, timeout, "
                + "tls, auth, permission, not_found, rejected, billing, rate_limited, "
                + "server_error, bad_response, too_large, config, not `denied`"),
        Case(
            "{by: none}",
            "{by: none}\n  believe_empty: {when: \"true\", get: /v1/me, records: $.me, else: "
                + "permission}",
            "nimbus.yaml:18: list.believe_empty.when: is constant; a condition must read a "
                + "value"),
        Case(
            "fields:",
            "errors: {rules: [{is: auth}, {http: 404, is: gone}, {codes: [a], when: \"1 == "
                + "1\", is: auth}]}\nfields:",
            "nimbus.yaml:19: errors.rules[0]: applies to every answer: add `http`, "
                + "`codes` or `when`",
            "nimbus.yaml:19: errors.rules[1].http: must be a list, not `404`",
            "nimbus.yaml:19: errors.rules[1].is: must be one of unreachable, timeout, tls, "
                + "auth, permission, not_found, rejected, billing, rate_limited, server_error, "
                + "bad_response, too_large, config, not `gone`",
            "nimbus.yaml:19: errors.rules[2].when: is constant; a condition must read a value"),
    ]

    static let record: [Case] = [
        Case(
            "[$.id]", "[]",
            "nimbus.yaml:18: identity.key: must read the record in at least one part, such "
                + "as $.id"),
        Case(
            "[$.id]", "[partition.region]",
            "nimbus.yaml:18: identity.key: must read the record in at least one part, such "
                + "as $.id"),
        Case(
            "[$.id]", "$.id",
            "nimbus.yaml:18: identity.key: must be a list, not `$.id`"),
        Case(
            "[$.id]", "[$.id], verson: $.v",
            "nimbus.yaml:18: identity.verson: unknown key; did you mean `version`?"),
        Case(
            "fields:", "times: {zoneless: local}\nfields:",
            "nimbus.yaml:19: times.zoneless: must be Z, an offset such as +08:00, or a zone of the "
                + "system's database such as Asia/Shanghai, or an input of type zone"),
        Case(
            "fields:", "times: {zoneless: inputs.project}\nfields:",
            "nimbus.yaml:19: times.zoneless: must be Z, an offset such as +08:00, or a zone of the "
                + "system's database such as Asia/Shanghai, or an input of type zone"),
        Case(
            "name: $.name", "nam: $.name",
            "nimbus.yaml:20: fields.nam: is not a field of a deployment; did you mean `name`?"),
        Case(
            "name: $.name", "gpu_count: $.gpus",
            "nimbus.yaml:20: fields.gpu_count: is not a field of a deployment; use one of "
                + "native_id, name, workspace, project, model, model_version, base_model, task, "
                + "kind, status_message, status_since, created_at, updated_at, version_created_at, "
                + "config, config_version, replicas.ready, replicas.pending, replicas.desired, "
                + "replicas.min, replicas.max, capacity.unit, capacity.ready, capacity.desired, "
                + "capacity.base, accelerator.type, accelerator.family, accelerator.memory_gb, "
                + "accelerator.per_replica, accelerator.total, accelerator.desired, engine, image, "
                + "endpoint.base_url, endpoint.model, endpoint.protocol, endpoint.auth, endpoint.api_version, "
                + "billing_mode, owner, provider, links.console, endpoint.models"
        ),
        Case(
            "name: $.name", "status: $.state",
            "nimbus.yaml:20: fields.status: is set by the section `status`"),
        Case(
            "name: $.name", "version: $.v",
            "nimbus.yaml:20: fields.version: is set by `identity.version`"),
        Case(
            "name: $.name", "region: $.region",
            "nimbus.yaml:20: fields.region: is set by the operator or the gateway, not by an adapter file"),
        Case(
            "[READY, full]", "[RUNNING, full]",
            "nimbus.yaml:24: status.rules[0].is[0]: must be one of PENDING, DEPLOYING, "
                + "READY, DEGRADED, UPDATING, STOPPING, STOPPED, FAILED, DELETING, DELETED, LOST, "
                + "UNKNOWN, not `RUNNING`"),
        Case(
            "[READY, full]", "READY",
            "nimbus.yaml:24: status.rules[0].is: must be [STATUS, serving], such as [READY, "
                + "full], not `READY`"),
        Case(
            "{words: [up], is", "{is",
            "nimbus.yaml:24: status.rules[0]: applies to every record: add `words` or `when`"),
        Case(
            "{words: [up], is", "{when: \"true\", is",
            "nimbus.yaml:24: status.rules[0].when: is constant; a condition must read a value"),
        Case(
            "{words: [up], is", "{words: [up], when: \"$.a = 1\", is",
            "nimbus.yaml:24: status.rules[0].when: at character 5: `=` is not a comparison: "
                + "write `==`"),
        Case(
            "{words: [up], is: [READY, full]}",
            "{words: [up], is: [READY, full]}\n    - {words: [UP], when: $.n > 0, is: [READY, "
                + "idle]}",
            "nimbus.yaml:25: status.rules[1]: never applies: an earlier rule without `when` "
                + "has the same words"),
        Case(
            "  word: $.state\n", "",
            "nimbus.yaml:23: status.rules[0]: never applies: add `status.word`, the path of "
                + "the platform's status"),
        Case(
            "fields:", "history: {at: $.at}\nfields:",
            "nimbus.yaml:19: history: `each` is missing"),
        Case(
            "fields:", "native: [\"$.items[0]\", \"$\"]\nfields:",
            "nimbus.yaml:19: native[0]: must be a path of names, such as $.config.gpu, or "
                + "$.instances.* for all members, not `$.items[0]`",
            "nimbus.yaml:19: native[1]: must be a path of names, such as $.config.gpu, or "
                + "$.instances.* for all members, not `$`"),
    ]

    static let forbidden: [Case] = [
        Case(
            "fields:\n  name: $.name", "never: [$.secret]\nfields:\n  name: $.secret.value ?? $.name",
            "nimbus.yaml:21: fields.name: reads $.secret, which `never` forbids"),
        Case(
            "fields:\n  name: $.name", "never: [$.secret.value]\nfields:\n  name: $.secret",
            "nimbus.yaml:21: fields.name: reads $.secret.value, which `never` forbids"),
        Case(
            "identity: {key: [$.id]}",
            "identity: {key: [$.id, $.secret.id], version: $.secret.v}\nnever: [$.secret]",
            "nimbus.yaml:18: identity.key[1]: reads $.secret, which `never` forbids",
            "nimbus.yaml:18: identity.version: reads $.secret, which `never` forbids"),
        Case(
            "fields:", "never: [$.secret]\nnative: [$.name, $.secret.value, $.*]\nfields:",
            "nimbus.yaml:20: native[2]: must be a path of names, such as $.config.gpu, or "
                + "$.instances.* for all members, not `$.*`",
            "nimbus.yaml:20: native[1]: reads $.secret, which `never` forbids"),
        Case(
            "status:\n  word: $.state\n  rules:\n    - {words: [up], is",
            "never: [$.secret]\nstatus:\n  word: $.secret.state\n  rules:\n    - {words: [up], "
                + "when: $.n > 0 and exists($.secret), is",
            "nimbus.yaml:23: status.word: reads $.secret, which `never` forbids",
            "nimbus.yaml:25: status.rules[0].when: reads $.secret, which `never` forbids"),
        Case(
            "fields:",
            "never: [\"$.events[*].who\"]\nhistory: {each: $.events, at: $.at, status: $.state, "
                + "message: $.who.name}\nfields:",
            "nimbus.yaml:20: history.message: reads $.events[*].who, which `never` forbids"),
        Case(
            "fields:", "never: [$.secret]\nhistory: {each: $.secret.events, at: $.at}\nfields:",
            "nimbus.yaml:20: history.at: reads $.secret, which `never` forbids"),
        Case(
            "pages: {by: none}",
            "pages: {by: token, parameter: t, next: \"$.items[-1].secret\"}\nnever: [$.secret]",
            "nimbus.yaml:17: list.pages.next: reads $.secret, which `never` forbids"),
        Case(
            "pages: {by: none}",
            "pages: {by: token, parameter: t, next: \"$.next\", has_more: \"count($.items) == "
                + "5\"}\nnever: [$.secret, $.next]"),
        Case(
            "fields:", "never: [$.secret]\nerrors: {code: \"first($.items[*].secret)\"}\nfields:",
            "nimbus.yaml:20: errors.code: reads $.secret, which `never` forbids"),
        Case(
            "fields:", "never: [secret]\nfields:",
            "nimbus.yaml:19: never[0]: at character 1: a path must begin with `$`, such as $.name"),
        Case(
            "name: $.name", "name: \"first($.keys[?@.secret == 1].name)\"\nnever: [\"$.keys[*].secret\"]",
            "nimbus.yaml:20: fields.name: reads $.keys[*].secret, which `never` forbids"),
    ]
}
