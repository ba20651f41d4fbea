extension ManifestProblemTests {
    /// The section `providers`, with these fields and these further keys.
    private static func section(_ fields: String, _ more: String = "") -> String {
        "providers: {get: /p, records: $.items, pages: {by: none}, identity: {key: [$.id], unique: true}, "
            + "fields: {\(fields)}\(more)}\nfields:"
    }

    static let providers: [Case] = [
        Case("fields:", section("name: $.name, served_models: '$.models[*].name', deployment: $.of")),
        Case("fields:", section("deployment: [$.of]")),
        Case(
            "fields:", section("hosturl: $.url"),
            "nimbus.yaml:19: providers.fields.hosturl: is not a field of a provider; did you mean `host_url`?"
        ),
        Case(
            "fields:", section("status: $.state, uid: $.id"),
            "nimbus.yaml:19: providers.fields.status: is set by the section `status`",
            "nimbus.yaml:19: providers.fields.uid: is set by the operator or the gateway, not by an adapter file"
        ),
        Case(
            "fields:", section("deployment: [$.a, $.b]"),
            "nimbus.yaml:19: providers.fields.deployment: must have as many parts as the deployment's "
                + "`identity.key`: 1"),
        Case(
            "fields:", section("name: $.name", ", inferred: [project]"),
            "nimbus.yaml:19: providers.inferred[0]: is not one of this file's `fields`"),
        // Each list has its own records, and its own paths that nothing may read.
        Case("fields:", "never: [$.secret]\n" + section("name: $.secret")),
        Case(
            "fields:", section("name: $.secret", ", never: [$.secret]"),
            "nimbus.yaml:19: providers.fields.name: reads $.secret, which `never` forbids"),
        Case(
            "fields:", section("name: $.name", ", never: [$.state]"),
            "nimbus.yaml:19: providers: reads $.state, which `never` forbids"),
        Case(
            "fields:", "tests: [{name: a, answers: [], expect: {providers: []}}]\nfields:",
            "nimbus.yaml:19: tests[0].expect.providers: needs the section `providers`, which lists them"),
    ]
}
