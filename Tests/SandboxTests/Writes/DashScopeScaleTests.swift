import HTTPTypes
import Sandbox
import Testing
import Wire

/// `PUT …/{deployed_model}/scale`.
@Suite struct DashScopeScaleTests {
    private static let list = "/dashscope/api/v1/deployments"

    /// The first deployment of a plan that serves.
    private static func id(_ plan: String, _ sandbox: SandboxClient) async throws -> String {
        let reply = try await sandbox.get(list + "?page_size=50")
        let record = reply.at("output", "deployments")?.elements.first {
            ($0["plan"]?.string ?? "") == plan && $0["status"]?.string == "RUNNING"
        }
        return try #require(record?["deployed_model"]?.string)
    }

    /// Status, desired and ready capacity.
    private static func state(_ reply: Reply) -> String {
        let record = reply.at("output")
        let numbers = ["capacity", "ready_capacity"].map { record?[$0]?.written ?? "-" }
        return ([record?["status"]?.string ?? "-"] + numbers).joined(separator: " ")
    }

    @Test func aScaledDeploymentIsUpdatingWhileWhatIsReadyServes() async throws {
        try await withSandbox { sandbox in
            sandbox.fleet.add(.dashscope, "new")
            let one = Self.list + "/new"
            #expect(try await Self.state(sandbox.get(one)) == "RUNNING 1 1")
            let reply = try await sandbox.send(.put, one + "/scale", body: #"{"capacity": 3}"#)
            #expect(reply.status == 200)
            #expect(reply.json?.members.map(\.key) == ["request_id", "output"])
            #expect(reply.at("output", "deployed_model")?.string == "new")
            #expect(reply.at("output", "base_capacity")?.int == 1)
            #expect(Self.state(reply) == "UPDATING 3 1")
            sandbox.clock.advance(seconds: 14)
            #expect(try await Self.state(sandbox.get(one)) == "UPDATING 3 1")
            sandbox.clock.advance(seconds: 1)
            let done = try await sandbox.get(one)
            #expect(Self.state(done) == "RUNNING 3 3")
            #expect(done.at("output", "gmt_create")?.string == "2026-11-21T08:00:00")
            #expect(done.at("output", "gmt_modified")?.string == "2026-11-21T08:00:15")
            let fewer = try await sandbox.send(.put, one + "/scale", body: #"{"capacity":2}"#)
            #expect(Self.state(fewer) == "UPDATING 2 2")
            let again = try await sandbox.send(.put, one + "/scale", body: #"{"capacity":5}"#)
            #expect(Self.state(again) == "UPDATING 5 2")
            let listed = try await sandbox.get(Self.list + "?page_no=1&page_size=50")
            let ids = listed.strings("output", "deployments", each: "deployed_model")
            #expect(ids.filter { $0 == "new" }.count == 1)
        }
    }

    @Test func everyUnitPlanOfTheFleetScalesByItsBase() async throws {
        try await withSandbox { sandbox in
            let id = try await Self.id("mu", sandbox)
            let before = try await sandbox.get(Self.list + "/\(id)")
            let base = try #require(before.at("output", "base_capacity")?.int)
            let path = Self.list + "/\(id)/scale"
            let reply = try await sandbox.send(.put, path, body: #"{"capacity":\#(base * 3)}"#)
            #expect(reply.status == 200)
            #expect(reply.at("output", "base_capacity")?.int == base)
            sandbox.clock.advance(seconds: 15)
            let after = try await sandbox.get(Self.list + "/\(id)")
            #expect(after.at("output", "status")?.string == "RUNNING")
            #expect(after.at("output", "ready_capacity")?.int == base * 3)
            #expect(after.at("output", "gmt_create")?.string == before.at("output", "gmt_create")?.string)
        }
    }

    @Test func aThroughputPlanScalesByItsTokens() async throws {
        try await withSandbox { sandbox in
            let id = try await Self.id("ptu", sandbox)
            let body = #"{"ptu_capacity":{"input_tpm":70000,"output_tpm":9000,"thinking_output_tpm":1}}"#
            let reply = try await sandbox.send(.put, Self.list + "/\(id)/scale", body: body)
            #expect(reply.at("output", "status")?.string == "UPDATING")
            sandbox.clock.advance(seconds: 15)
            let done = try await sandbox.get(Self.list + "/\(id)")
            #expect(done.at("output", "status")?.string == "RUNNING")
            #expect(
                done.at("output", "ptu_capacity")?.written
                    == #"{"input_tpm":70000,"output_tpm":9000,"thinking_output_tpm":1}"#)
        }
    }

    @Test(arguments: [
        ("mu", "", "Required body invalid, please check the request body format."),
        ("mu", "[]", "Required body invalid, please check the request body format."),
        ("mu", "{}", "capacity is required"),
        ("mu", #"{"ptu_capacity":{}}"#, "ptu_capacity is not supported by the plan"),
        ("mu", #"{"capacity":0}"#, "capacity must be an integer multiple of base_capacity"),
        ("mu", #"{"capacity":-8}"#, "capacity must be an integer multiple of base_capacity"),
        ("mu", #"{"capacity":1.5}"#, "capacity must be an integer multiple of base_capacity"),
        ("mu", #"{"capacity":"2"}"#, "capacity must be an integer multiple of base_capacity"),
        ("mu", #"{"capacity":9999999999}"#, "capacity must be an integer multiple of base_capacity"),
        ("ptu", #"{"capacity":2}"#, "capacity is not supported by the plan"),
        ("ptu", #"{"ptu_capacity":{"input_tpm":1}}"#, "ptu_capacity.input_tpm and ptu_capacity.output_tpm"),
        ("ptu", #"{"ptu_capacity":{"input_tpm":0}}"#, "ptu_capacity.input_tpm must be a positive integer"),
        ("cu", #"{"capacity":2}"#, "plan cu does not support scaling"),
    ])
    func whatThePlanDoesNotTakeIsAnInvalidParameter(
        _ plan: String, _ body: String, _ message: String
    ) async throws {
        try await withSandbox { sandbox in
            let id = try await Self.id(plan, sandbox)
            let reply = try await sandbox.send(.put, Self.list + "/\(id)/scale", body: body)
            #expect(reply.status == 400)
            #expect(reply.at("code")?.string == "InvalidParameter")
            #expect(reply.at("message")?.string?.hasPrefix(message) == true)
            #expect(sandbox.fleet.effects.account(.dashscope, id).done == 0)
        }
    }

    @Test func aCapacityBetweenMultiplesOfTheBaseIsRefused() async throws {
        try await withSandbox { sandbox in
            var refused = 0
            for id in sandbox.fleet.keys(.dashscope) {
                let record = try await sandbox.get(Self.list + "/\(id)").at("output")
                guard record?["plan"]?.string == "mu", let base = record?["base_capacity"]?.int, base > 1
                else { continue }
                let body = #"{"capacity":\#(base + 1)}"#
                let reply = try await sandbox.send(.put, Self.list + "/\(id)/scale", body: body)
                #expect(reply.status == 400)
                refused += 1
            }
            #expect(refused > 0)
        }
    }

    @Test(arguments: [
        ("RUNNING", 200), ("UPDATING", 200), ("FAILED", 200), ("DELETING", 409), ("STOPPED", 409),
        ("PENDING", 409),
    ])
    func whatIsBeingDeletedIsNotScaled(_ status: String, _ answer: Int) async throws {
        try await withSandbox { sandbox in
            sandbox.fleet.add(.dashscope, "new")
            sandbox.fleet.setStatus(.dashscope, "new", status)
            let reply = try await sandbox.send(.put, Self.list + "/new/scale", body: #"{"capacity":2}"#)
            #expect(reply.status == answer)
            if answer == 409 { #expect(reply.at("code")?.string == "Conflict") }
        }
    }

    @Test func theKeyThePathAndTheMethodAreChecked() async throws {
        try await withSandbox({ $0.token = "right" }) { sandbox in
            sandbox.fleet.add(.dashscope, "new")
            func send(_ method: HTTPRequest.Method, _ path: String, _ token: String?) async throws -> String {
                let reply = try await sandbox.send(
                    method, Self.list + path, token: token, body: #"{"capacity":2}"#)
                return "\(reply.status) \(reply.at("code")?.string ?? "-")"
            }
            #expect(try await send(.put, "/new/scale", nil) == "401 InvalidApiKey")
            #expect(try await send(.put, "/new/scale", "wrong") == "401 InvalidApiKey")
            #expect(try await send(.put, "/absent/scale", "right") == "404 NotFound")
            #expect(try await send(.put, "/new/bogus", "right") == "404 NotFound")
            #expect(try await send(.post, "/new/scale", "right") == "405 MethodNotAllowed")
            #expect(try await send(.put, "/new", "right") == "405 MethodNotAllowed")
            #expect(sandbox.fleet.effects.account(.dashscope, "new").done == 0)
            #expect(try await send(.put, "/new/scale", "right") == "200 -")
            let recorded = "/samples/dashscope/api/v1/deployments/emo-35b3f106-sample04/scale"
            let sample = try await sandbox.send(.put, recorded, body: #"{"capacity":2}"#)
            #expect(sample.status == 405)
        }
    }
}
