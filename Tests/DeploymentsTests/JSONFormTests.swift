import Deployments
import Snapshots
import TestSupport
import Testing
import Wire

@Suite struct JSONFormTests {
    private var full: ModelDeployment {
        var source = SourceDescription.example("a")
        source.region = "eu"
        source.labels = ["team": "search", "cost_center": "4711"]
        return record("x", of: source) { record in
            record.nativeID = "id-1"
            record.name = "llama \"x\""
            record.workspace = "w"
            record.project = "p"
            record.model = "m"
            record.modelVersion = "mv"
            record.baseModel = "b"
            record.task = "t"
            record.kind = "k"
            record.status = .ready
            record.serving = .full
            record.nativeStatus = "RUNNING"
            record.statusMessage = "ok"
            record.statusSince = time(1)
            record.createdAt = time(2)
            record.updatedAt = time(3)
            record.versionCreatedAt = time(4)
            record.version = 7
            record.config = "c"
            record.configVersion = 2
            record.replicas.ready = 1
            record.replicas.pending = 2
            record.replicas.desired = 3
            record.replicas.min = 0
            record.replicas.max = 5
            record.capacity.unit = "MU"
            record.capacity.ready = 1.5
            record.capacity.desired = 2
            record.capacity.base = 3
            record.accelerator.type = "H100-80GB"
            record.accelerator.family = "H100"
            record.accelerator.memoryGB = 80
            record.accelerator.perReplica = 8
            record.accelerator.total = 8
            record.accelerator.desired = 24
            record.engine = "vllm"
            record.image = "i"
            record.modelFamily = "f"
            record.endpoint.baseURL = "https://a.invalid/v1"
            record.endpoint.model = "served"
            record.endpoint.models = ["served", "other"]
            record.endpoint.protocol = "openai"
            record.endpoint.auth = "bearer"
            record.endpoint.apiVersion = "1"
            record.billingMode = "postpaid"
            record.owner = "o"
            record.provider = "pr"
            record.inferred = ["created_at"]
            record.unread = ["task", "replicas.max"]
            record.consoleLink = "https://a.invalid/console"
            record.statedByOperator = ["region"]
            record.lookups = [
                LookupState(name: "config", state: .ok, fields: ["model"], observedAt: time(5)),
                LookupState(
                    name: "price", state: .failed, fields: ["kind", "task"], observedAt: time(6),
                    error: SourceError(.notFound, "no such price")),
            ]
        }
    }

    private func revision(of record: ModelDeployment) -> String {
        ModelDeployment.forms.revision(of: record)
    }

    @Test func aRevisionChangesWithEveryMemberButLookups() {
        let before = revision(of: full)
        #expect(before == "dea75a98c6ac6323")
        var other = full
        other.lookups = []
        #expect(revision(of: other) == before)
        for field in DeploymentField.all where field.name != "revision" && !field.isOfSource {
            var other = full
            let value: FieldValue =
                switch field.kind {
                case .text: .text("another")
                case .term(let terms): .text(terms[1])
                case .number: .number(99)
                case .time: .time(time(99))
                case .bool: .bool(false)
                }
            field.set(&other, value)
            #expect(revision(of: other) != before, "\(field.name)")
        }
        for list in ModelDeployment.table.lists {
            var other = full
            list.set(&other, ["another"])
            #expect(revision(of: other) != before, "\(list.name)")
        }
        other = full
        other.labels = [:]
        #expect(revision(of: other) != before)
        other = full
        other.region = "us"
        #expect(revision(of: other) != before)
    }

    @Test func storedJSONHasTheRevisionOfTheRecord() {
        let rows = SourceRows(source: full.origin.description, listed: [full])
        var json = JSONWriter()
        rows.write(row: 0, including: [], to: &json)
        #expect(text(json.bytes) == self.json(full))
    }

    private func json(_ record: ModelDeployment, _ form: DeploymentForm = .complete) -> String {
        var json = JSONWriter()
        form.write(record, to: &json)
        return text(json.bytes)
    }

    @Test func aFullRecordIsWrittenInTheOrderOfTheContract() {
        #expect(
            json(full) == """
                {"uid":"a/x","source":"a","platform":"nimbus","adapter":"nimbus","region":"eu",\
                "labels":{"cost_center":"4711","team":"search"},"native_id":"id-1","name":"llama \\"x\\"",\
                "workspace":"w","project":"p","model":"m","model_version":"mv","base_model":"b","task":"t",\
                "kind":"k","status":"READY","serving":"full","native_status":"RUNNING","status_message":"ok",\
                "status_since":"1970-01-01T00:00:01.000000Z","created_at":"1970-01-01T00:00:02.000000Z",\
                "updated_at":"1970-01-01T00:00:03.000000Z","version_created_at":"1970-01-01T00:00:04.000000Z",\
                "version":7,"latest":true,"config":"c","config_version":2,\
                "replicas":{"ready":1,"pending":2,"desired":3,"min":0,"max":5},\
                "capacity":{"unit":"MU","ready":1.5,"desired":2,"base":3},\
                "accelerator":{"type":"H100-80GB","family":"H100","memory_gb":80,"per_replica":8,"total":8,\
                "desired":24},\
                "engine":"vllm","image":"i","model_family":"f",\
                "endpoint":{"base_url":"https://a.invalid/v1","model":"served","protocol":"openai",\
                "auth":"bearer","api_version":"1","models":["served","other"]},\
                "billing_mode":"postpaid","owner":"o","provider":"pr",\
                "links":{"console":"https://a.invalid/console"},"inferred":["created_at"],\
                "unread":["task","replicas.max"],"stated_by_operator":["region"],\
                "lookups":[{"name":"config","state":"ok","fields":["model"],\
                "observed_at":"1970-01-01T00:00:05.000000Z","error":null},\
                {"name":"price","state":"failed","fields":["kind","task"],\
                "observed_at":"1970-01-01T00:00:06.000000Z",\
                "error":{"class":"not_found","message":"no such price"}}],\
                "revision":"\(revision(of: full))"}
                """)
    }

    @Test func anEmptyRecordIsWrittenWithNulls() {
        #expect(
            json(record("x")) == """
                {"uid":"a/x","source":"a","platform":"nimbus","adapter":"nimbus","region":null,"labels":{},\
                "native_id":null,"name":null,"workspace":null,"project":null,"model":null,"model_version":null,\
                "base_model":null,"task":null,"kind":null,"status":"UNKNOWN","serving":"unknown",\
                "native_status":null,"status_message":null,"status_since":null,"created_at":null,\
                "updated_at":null,"version_created_at":null,"version":null,"latest":true,"config":null,\
                "config_version":null,"replicas":{"ready":null,"pending":null,"desired":null,"min":null,\
                "max":null},"capacity":{"unit":null,"ready":null,"desired":null,"base":null},"accelerator":\
                {"type":null,"family":null,"memory_gb":null,"per_replica":null,"total":null,"desired":null},\
                "engine":null,"image":null,"model_family":null,\
                "endpoint":{"base_url":null,"model":null,"protocol":null,"auth":null,"api_version":null,\
                "models":[]},"billing_mode":null,"owner":null,"provider":null,"links":{"console":null},\
                "inferred":[],"unread":[],"stated_by_operator":[],"lookups":[],\
                "revision":"\(revision(of: record("x")))"}
                """)
    }

    @Test func whatIsWrittenReadsBackEqual() throws {
        for record in [full, record("y")] {
            let document = try JSONDocument(parsing: Array(json(record).utf8))
            #expect(ModelDeployment(json: document.root) == record)
        }
    }

    @Test(arguments: ["{}", #"{"uid":"a/x"}"#, #"{"source":"a"}"#, #"{"uid":1,"source":"a"}"#, "[]", "null"])
    func aRecordWithoutItsIdentityIsNotRead(_ text: String) throws {
        #expect(ModelDeployment(json: try JSONDocument(parsing: Array(text.utf8)).root) == nil)
    }

    @Test func valuesOfAnotherTypeAndUnknownTermsReadAsNull() throws {
        let text = """
            {"uid":"a/x","source":"a","status":"EXPLODED","name":7,"version":"7","created_at":"yesterday",\
            "replicas":[],"labels":{"n":1,"t":"x"},"latest":true,"inferred":["a",1],"of_the_future":{}}
            """
        let read = try #require(ModelDeployment(json: try JSONDocument(parsing: Array(text.utf8)).root))
        var expected = ModelDeployment(uid: "a/x", source: "a", platform: "", adapter: "")
        expected.labels = ["t": "x"]
        expected.inferred = ["a"]
        #expect(read == expected)
    }

    @Test(arguments: [
        (["uid", "name"], #"{"uid":"a/x","name":"llama \"x\""}"#),
        (["name", "uid"], #"{"uid":"a/x","name":"llama \"x\""}"#),
        (["accelerator.type"], #"{"accelerator":{"type":"H100-80GB"}}"#),
        (
            ["accelerator.total", "uid", "accelerator.type"],
            #"{"uid":"a/x","accelerator":{"type":"H100-80GB","total":8}}"#
        ),
        (["capacity"], #"{"capacity":{"unit":"MU","ready":1.5,"desired":2,"base":3}}"#),
        (["capacity", "capacity.unit"], #"{"capacity":{"unit":"MU","ready":1.5,"desired":2,"base":3}}"#),
        (["labels.team"], #"{"labels":{"team":"search"}}"#),
        (["labels.none", "labels.team"], #"{"labels":{"none":null,"team":"search"}}"#),
        (["labels", "labels.team"], #"{"labels":{"cost_center":"4711","team":"search"}}"#),
        (["inferred"], #"{"inferred":["created_at"]}"#),
        (["unread"], #"{"unread":["task","replicas.max"]}"#),
        (["version", "latest", "replicas.max"], #"{"version":7,"latest":true,"replicas":{"max":5}}"#),
        (["nonsense", "labels.", ""], "{}"),
    ])
    func aFormHoldsOnlyWhatItNames(_ paths: [String], _ expected: String) {
        #expect(json(full, DeploymentForm(paths: paths)) == expected)
    }

    @Test(arguments: [
        ("uid", true), ("accelerator", true), ("accelerator.type", true), ("labels", true),
        ("inferred", true), ("unread", true),
        ("labels.any-thing", true), ("labels.any.thing", true), ("labels.any/thing/x", false),
        ("labels.", false), ("", false),
        ("accel", false), ("history", false),
        ("accelerator.", false), ("Name", false),
    ])
    func aPathNamesAScalarAGroupOrALabel(_ path: String, _ expected: Bool) {
        #expect(RecordSchema.deployments.isPath(path) == expected)
    }

    @Test func everyScalarIsInTheForm() {
        for field in DeploymentField.all {
            #expect(RecordSchema.deployments.isPath(field.name))
            #expect(json(full, DeploymentForm(paths: [field.name])) != "{}")
        }
    }

    @Test func aUidEscapesEverythingButUnreservedBytes() {
        #expect(ModelDeployment.uid(source: "a", key: ["w/1", "é ~._-Z9"]) == "a/w%2F1/%C3%A9%20~._-Z9")
    }
}
