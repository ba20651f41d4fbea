import Deployments
import TestSupport
import Testing

@Suite struct SmallTypesTests {
    @Test func theTextOfAnInternalFaultIsForTheLogOnly() {
        let error = SourceError.internal(logDetail: "pointer 7 is null")
        #expect("\(error)" == "internal: internal error; see the log")
        #expect(error.logDetail == "pointer 7 is null")
        #expect("\(SourceError(.timeout, "no answer in 10 s"))" == "timeout: no answer in 10 s")
    }

    @Test func aSecretShowsItselfOnlyWhenRevealed() {
        let secret = Secret("hunter2")
        #expect("\(secret)" == "<redacted>")
        #expect(String(reflecting: secret) == "<redacted>")
        #expect("\(["a": [secret]])" == #"["a": [<redacted>]]"#)
        var dumped = ""
        dump(secret, to: &dumped)
        #expect(!dumped.contains("hunter2"))
        #expect(secret.revealed() == "hunter2")
    }

    @Test func theLatestValueIsTheOneReplacedLast() {
        let latest = Latest(1)
        #expect(latest.value == 1)
        latest.replace(with: 2)
        #expect(latest.value == 2)
    }

    @Test func aFieldIsNamedByItsPath() throws {
        #expect(DeploymentField.named("accelerator.type")?.name == "accelerator.type")
        #expect(DeploymentField.named("labels.a-b")?.name == "labels.a-b")
        #expect(DeploymentField.named("labels.app.kubernetes.io/name") != nil)
        #expect(DeploymentField.named("labels.a/b/c") == nil)
        for name in ["accelerator", "labels", "labels.", "inferred", "", "Name"] {
            #expect(DeploymentField.named(name)?.name == nil)
        }
        #expect(DeploymentField.all.count == Set(DeploymentField.all.map(\.name)).count)
    }

    @Test func aFieldStoresItsKindOfValueAndIsClearedByOthers() throws {
        var record = record("x")
        for field in DeploymentField.all where field.name != "revision" {
            let own: FieldValue =
                switch field.kind {
                case .text: .text("v")
                case .term(let terms): .text(terms[0])
                case .number: .number(4)
                case .time: .time(time(9))
                case .bool: .bool(true)
                }
            let other: FieldValue = own == .number(4) ? .text("v") : .number(4)
            for clearing in [other, .null] {
                field.set(&record, own)
                let stored = field.get(record)
                field.set(&record, clearing)
                let cleared = field.get(record)
                #expect(stored == own, "\(field.name)")
                #expect(cleared != own && cleared.isNull == field.isNullable, "\(field.name)")
            }
        }
        try #require(DeploymentField.named("version")).set(&record, .number(2.5))
        #expect(record.version == nil)
        try #require(DeploymentField.named("version")).set(&record, .number(3))
        #expect(record.version == 3)
        try #require(DeploymentField.named("version")).set(&record, .text("3"))
        #expect(record.version == nil)
        try #require(DeploymentField.named("created_at")).set(&record, .time(time(1)))
        #expect(try #require(DeploymentField.named("created_at")).get(record) == .time(time(1)))
        try #require(DeploymentField.named("labels.team")).set(&record, .text("t"))
        #expect(record.labels == ["team": "t"])
    }
}
