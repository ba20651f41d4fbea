import Deployments
import Snapshots
import TestSupport
import Testing
import Wire

@Suite struct RecordColumnsTests {
    @Test func theColumnsAreTheRecordsFieldsWithTheLabelsThatOccur() {
        let names = RecordColumns<ModelDeployment>(labels: ["cost", "team"]).names
        #expect(
            names.prefix(8) == [
                "uid", "source", "platform", "adapter", "region", "labels.cost", "labels.team", "native_id",
            ])
        #expect(names.suffix(4) == ["inferred", "unread", "stated_by_operator", "revision"])
        let lists = ["endpoint.models", "inferred", "unread", "stated_by_operator"]
        #expect(
            names.filter { !$0.hasPrefix("labels.") && !lists.contains($0) }
                == DeploymentField.all.map(\.name))
    }

    @Test(arguments: [
        (["name", "uid"], ["name", "uid"]),
        (["inferred", "labels", "uid"], ["inferred", "labels.team", "uid"]), (["unread"], ["unread"]),
        (["labels.cost", "labels"], ["labels.cost", "labels.team"]),
        (["capacity"], ["capacity.unit", "capacity.ready", "capacity.desired", "capacity.base"]),
        (["accelerator.type", "accelerator.type", "nmae", "uid"], ["accelerator.type", "uid"]),
        (
            ["replicas.max", "replicas"],
            ["replicas.max", "replicas.ready", "replicas.pending", "replicas.desired", "replicas.min"]
        ),
    ])
    func namedFieldsAreTheColumnsInTheirOrder(_ paths: [String], _ names: [String]) {
        #expect(RecordColumns<ModelDeployment>(paths: paths, labels: ["team"]).names == names)
    }

    @Test func aRecordIsOneLine() {
        var row = ModelDeployment(
            uid: "research/whisper%20%F0%9F%8E%99%EF%B8%8F%20large", source: "deepinfra", platform: "nimbus",
            adapter: "nimbus")
        row.name = "a \"b\", c"
        row.model = "openai/whisper-large-v3-with-a-very-long-name-that-does-not-fit-anywhere"
        (row.status, row.serving) = (.ready, .idle)
        row.createdAt = Timestamp(microseconds: 1_699_740_800_000_000)
        (row.replicas.ready, row.replicas.pending) = (0, 0)
        (row.accelerator.type, row.accelerator.total) = ("H100-80GB", 0)
        row.inferred = ["created_at", "status_since"]
        row.unread = ["task", "replicas.max"]
        row.capacity.ready = 1.5
        let columns = RecordColumns<ModelDeployment>(labels: [])
        #expect(
            line(of: row, columns)
                == "research/whisper%20%F0%9F%8E%99%EF%B8%8F%20large,deepinfra,nimbus,nimbus,,,\"a \"\"b\"\", c\",,,"
                + "openai/whisper-large-v3-with-a-very-long-name-that-does-not-fit-anywhere,,,,,READY,idle,,,,"
                + "2023-11-11T22:13:20.000000Z,,,,true,,,0,0,,,,,1.5,,,H100-80GB,,,,0,,,,,,,,,,,,,,,created_at status_since,task replicas.max,,"
                + ModelDeployment.forms.revision(of: row) + "\r\n"
        )
        var header = CSVWriter()
        columns.writeHeader(to: &header)
        #expect(text(header.bytes).split(separator: ",").count == columns.names.count)
    }

    @Test func aLabelIsInItsColumnAndNegativeNumbersAreNumbers() {
        let row = record("x") {
            $0.labels = ["team": "=search", "cost": "4711"]
            $0.capacity.base = -2
        }
        let columns = RecordColumns<ModelDeployment>(
            paths: ["labels", "capacity.base", "region"], labels: ["cost", "owner", "team"])
        #expect(line(of: row, columns) == "4711,,\"'=search\",-2,\r\n")
    }

    private func line(of row: ModelDeployment, _ columns: RecordColumns<ModelDeployment>) -> String {
        var csv = CSVWriter()
        columns.write(row, to: &csv)
        return text(csv.bytes)
    }
}
