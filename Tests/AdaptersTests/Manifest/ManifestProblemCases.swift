/// Edits of the sound file, by the section that they stand in.
extension ManifestProblemTests {
    static let frame: [Case] = [
        Case(
            "language: 1", "language: 2\nnovelty: {}",
            "nimbus.yaml:1: language: must be 1, the language that this program reads, not "
                + "`2`"),
        Case(
            "language: 1", "language: one",
            "nimbus.yaml:1: language: must be a whole number from 1, not `one`"),
        Case(
            "language: 1\n", "",
            "nimbus.yaml:1: `language` is missing"),
        Case(
            "adapter: nimbus", "adapter: Nimbus 2",
            "nimbus.yaml:2: adapter: must be a name of a-z, 0-9 and -, not `Nimbus 2`"),
        Case(
            "adapter: nimbus", "adapter: cumulus",
            "nimbus.yaml:2: adapter: must be the file's own name, `nimbus`"),
        Case(
            "platform: nimbus", "platform: \"\"",
            "nimbus.yaml:3: platform: must not be empty"),
        Case(
            "provenance: [{document: docs.nimbus.example, read: 2026-11-21, mark: seen}]", "provenance: []",
            "nimbus.yaml:4: provenance: needs at least one document that the file was written "
                + "from"),
        Case(
            "read: 2026-11-21", "read: yesterday",
            "nimbus.yaml:4: provenance[0].read: must be the date on which the document was read, such "
                + "as 2026-11-21"),
        Case(
            "mark: seen", "mark: guessed",
            "nimbus.yaml:4: provenance[0].mark: must be one of seen, inferred, not `guessed`"),
        Case(
            "provenance:", "provenence:",
            "nimbus.yaml:1: `provenance` is missing",
            "nimbus.yaml:4: provenence: unknown key; did you mean `provenance`?"),
        Case(
            "fields:", "limit: {pages: 5}\nfields:",
            "nimbus.yaml:19: limit: unknown key; did you mean `limits`?"),
        Case(
            "fields:", "limits: {pages: 0, concurency: 2}\nfields:",
            "nimbus.yaml:19: limits.pages: must be a whole number from 1 to 100000, not `0`",
            "nimbus.yaml:19: limits.concurency: unknown key; did you mean `concurrency`?"),
        Case(
            "fields:", "cache: {ttl: 30}\nfields:",
            "nimbus.yaml:19: cache.ttl: must be a duration with its unit, such as 500ms, "
                + "30s, 5m, 24h or 7d, not `30`"),
        Case(
            "fields:", "cache: {ttl: 0s, min_interval: 99ms}\nfields:",
            "nimbus.yaml:19: cache.ttl: must be at least 100ms",
            "nimbus.yaml:19: cache.min_interval: must be at least 100ms"),
        Case(
            "fields:", "accelerators: {A100: {size: 80}}\nfields:",
            "nimbus.yaml:19: accelerators.A100.size: unknown key; the keys here are "
                + "family, memory_gb"),
        Case(
            "status:\n", "status: up\nstat:\n",
            "nimbus.yaml:21: status: must be keys and values, not `up`",
            "nimbus.yaml:22: stat: unknown key; did you mean `status`?"),
        Case(
            "list:", "list: [",
            "nimbus.yaml:14: not YAML: did not find expected ',' or ']'"),
    ]

    static let access: [Case] = [
        Case(
            "inputs:\n",
            "inputs:\n  true: {type: text, about: One.}\n  \"true\": {type: text, about: Another.}\n",
            "nimbus.yaml:7: inputs.true: occurs twice"),
        Case(
            "token: {about: A token.}", "token: {about: A token.}\n  !!binary token: {about: Another.}",
            "nimbus.yaml:11: secrets.token: occurs twice"),
        Case(
            "type: text", "type: string",
            "nimbus.yaml:7: inputs.project.type: must be one of text, number, flag, list, "
                + "path, zone, not `string`"),
        Case(
            "default: /v1", "default: v1",
            "nimbus.yaml:8: inputs.root.default: must be a path that begins with a single /, "
                + "without a query"),
        Case(
            "default: /v1", "default: \"//evil.example\"",
            "nimbus.yaml:8: inputs.root.default: must be a path that begins with a single /, "
                + "without a query"),
        Case(
            "type: path, default: /v1", "type: zone, default: Mars/Phobos",
            "nimbus.yaml:8: inputs.root.default: must be Z, an offset such as +08:00, or a "
                + "zone of the system's database such as Asia/Shanghai"),
        Case(
            "type: path, default: /v1", "type: number, default: many",
            "nimbus.yaml:8: inputs.root.default: must be a number, not `many`"),
        Case(
            "type: path, default: /v1", "type: flag, default: \"yes\"",
            "nimbus.yaml:8: inputs.root.default: must be true or false, not `yes`"),
        Case(
            "type: list, about", "type: list, default: [a, a], about",
            "nimbus.yaml:6: inputs.regions.default: has a duplicate element"),
        Case(
            ", about: A project.", "",
            "nimbus.yaml:7: inputs.project: `about` is missing"),
        Case(
            "project: {type", "my-project: {type",
            "nimbus.yaml:7: inputs.my-project: may have only letters, digits, `_` and "
                + "non-ASCII characters in its name, and no digit first",
            "nimbus.yaml:15: list.query.project: at character 1: there is no "
                + "`{inputs.project}`; did you mean `{inputs.my-project}`?"),
        Case(
            "{bearer: token}", "{bearer: key}",
            "nimbus.yaml:11: auth.bearer: there is no secret `key`; `secrets` has `token`"),
        Case(
            "{bearer: token}", "{berer: token}",
            "nimbus.yaml:11: auth.berer: unknown key; did you mean `bearer`?"),
        Case(
            "{bearer: token}", "{bearer: token, query: {parameter: key, secret: token}}",
            "nimbus.yaml:11: auth: must name exactly one of bearer, header, query, basic"),
        Case(
            "{bearer: token}", "{}",
            "nimbus.yaml:11: auth: must name exactly one of bearer, header, query, basic"),
        Case(
            "{bearer: token}", "bearer",
            "nimbus.yaml:11: auth: must be none, or one of bearer, header, query, basic with "
                + "its keys, not `bearer`"),
        Case(
            "{bearer: token}", "{header: {secret: token}}",
            "nimbus.yaml:11: auth.header: `name` is missing"),
        Case(
            "{bearer: token}", "{query: {name: key, secret: token}}",
            "nimbus.yaml:11: auth.query: `parameter` is missing",
            "nimbus.yaml:11: auth.query.name: unknown key; the keys here are parameter, "
                + "secret"),
        Case(
            "{bearer: token}", "{basic: {user: \"{inputs.usr}\", password: token}}",
            "nimbus.yaml:11: auth.basic.user: at character 1: there is no `{inputs.usr}`; "
                + "use {inputs.project}, {inputs.root}"),
        Case(
            "{bearer: token}", "none",
            "nimbus.yaml:10: secrets.token: is not used: `auth` does not send it; remove it"),
        Case(
            "token: {about: A token.}", "token: {about: A token.}\n  spare: {about: Another.}",
            "nimbus.yaml:11: secrets.spare: is not used: `auth` does not send it; remove it"),
        Case(
            "region: inputs.regions", "region: inputs.project",
            "nimbus.yaml:12: partitions.region: must be an input of type list: inputs.regions"),
        Case(
            "region: inputs.regions", "region: [a, b]",
            "nimbus.yaml:12: partitions.region: must be a text, not a list",
            "nimbus.yaml:14: list.get: at character 5: there is no `{partition.region}`; use "
                + "{inputs.project}, {inputs.root}"),
        Case(
            "\"{inputs.project}\"", "\"{secrets.token}\"",
            "nimbus.yaml:15: list.query.project: at character 1: templates cannot read "
                + "secrets; only `auth` sends them"),
        Case(
            "\"{inputs.project}\"", "\"{inputs.regions}\"",
            "nimbus.yaml:15: list.query.project: at character 1: `inputs.regions` is a list: "
                + "declare it under `partitions`, and use the partition"),
        Case(
            "\"{inputs.project}\"", "\"a {inputs.projct} b\"",
            "nimbus.yaml:15: list.query.project: at character 3: there is no "
                + "`{inputs.projct}`; did you mean `{inputs.project}`?"),
        Case(
            "\"{inputs.project}\"", "\"a {inputs.project\"",
            "nimbus.yaml:15: list.query.project: at character 3: this `{` has no closing `}`"),
        Case(
            "\"{inputs.project}\"", "\"{}\"",
            "nimbus.yaml:15: list.query.project: at character 1: there is no `{}`; use "
                + "{inputs.project}, {inputs.root}, {partition.region}"),
    ]

    static let expressions: [Case] = [
        Case(
            "$.name", "name",
            "nimbus.yaml:20: fields.name: at character 1: there is no `name`: write a field "
                + "as $.name, a text as 'name'"),
        Case(
            "$.name", "$.first-name",
            "nimbus.yaml:20: fields.name: at character 8: quote a name that contains `-`, as in "
                + "$['a-b']; put spaces around a minus sign"),
        Case(
            "$.name", "$.a ?? ",
            "nimbus.yaml:20: fields.name: at character 7: a value is missing at the end"),
        Case(
            "$.name", "uper($.a)",
            "nimbus.yaml:20: fields.name: at character 1: there is no function `uper`: did "
                + "you mean `upper`?"),
        Case(
            "$.name", "split($.a)",
            "nimbus.yaml:20: fields.name: at character 1: `split` is written split(text, "
                + "separator)"),
        Case(
            "$.name", "inputs.projct",
            "nimbus.yaml:20: fields.name: at character 1: there is no `inputs.projct`: did "
                + "you mean `inputs.project`?"),
        Case(
            "$.name", "secrets.token",
            "nimbus.yaml:20: fields.name: at character 1: expressions cannot read secrets; "
                + "only `auth` sends them"),
        Case(
            "$.name", "lookup($.a, sizes)",
            "nimbus.yaml:20: fields.name: at character 13: there is no map `sizes`"),
        Case(
            "$.name", "'\"unclosed'",
            "nimbus.yaml:20: fields.name: at character 1: the text that begins here has no "
                + "closing `\"`"),
        Case(
            "$.name", "^.name",
            "nimbus.yaml:20: fields.name: at character 1: `^` is not supported; a record is `$`"),
        Case(
            "$.name", "\"[$.a\"",
            "nimbus.yaml:20: fields.name: at character 1: this `[` has no closing `]`"),
        Case(
            "$.name", "{a: b}",
            "nimbus.yaml:20: fields.name: must be a text, not keys and values"),
    ]
}
