import HTTPTypes
import Sandbox
import Testing
import Wire

@Suite struct DashScopeTests {
    private static let list = "/dashscope/api/v1/deployments"

    @Test func thePageSizeIsClampedAndTheClampedOneEchoed() async throws {
        try await withSandbox({ $0.dashscopeRows = 120 }) { sandbox in
            let first = try await sandbox.get(Self.list + "?page_no=1&page_size=100")
            #expect(first.at("output", "page_size")?.int == 50)
            #expect(first.at("output", "total")?.int == 120)
            #expect(first.at("output", "deployments")?.count == 50)
            var ids: [String] = []
            for page in 1...3 {
                ids += try await sandbox.get(Self.list + "?page_no=\(page)&page_size=100")
                    .strings("output", "deployments", each: "deployed_model")
            }
            #expect(Set(ids) == Set(sandbox.fleet.keys(.dashscope)))
            #expect(ids.count == 120)
        }
    }

    @Test func pastTheEndKeepsTheTotal() async throws {
        try await withSandbox { sandbox in
            let reply = try await sandbox.get(Self.list + "?page_no=9&page_size=10")
            #expect(reply.status == 200)
            #expect(reply.at("output", "page_no")?.int == 9)
            #expect(reply.at("output", "page_size")?.int == 10)
            #expect(reply.at("output", "total")?.int == 25)
            #expect(reply.at("output", "deployments")?.count == 0)
        }
    }

    @Test(arguments: ["page_size=201", "page_size=0", "page_size=-1"])
    func aSizeOutOfRangeIsAnErrorUnder200(_ query: String) async throws {
        try await withSandbox { sandbox in
            let reply = try await sandbox.get(Self.list + "?" + query)
            #expect(reply.status == 200)
            #expect(reply.at("code")?.string == "InvalidParameter")
            #expect(reply.at("message")?.string == "page_size is out of range")
            #expect(reply.at("output") == nil)
        }
    }

    @Test func theRecordsComeInAllTheirForms() async throws {
        try await withSandbox({ $0.dashscopeRows = 50 }) { sandbox in
            let reply = try await sandbox.get(Self.list + "?page_size=200")
            let records = try #require(reply.at("output", "deployments")?.elements)
            #expect(records[0]["plan"] == nil)
            #expect(records[1]["plan"]?.string == "cu")
            #expect(records[2]["capacity"]?.kind == .string)
            #expect(records[2]["rpm_limit"]?.kind == .string)
            #expect(records[3]["ptu_capacity"]?["input_tpm"]?.kind == .int)
            #expect(records[4]["plan"]?.string == "lora")
            #expect(records[4]["capacity"] == nil)
            #expect(
                records[5].members.map(\.key) == ["deployed_model", "plan", "status", "ptu_capacity"])
            #expect(records[6]["model_unit_spec"]?.string?.hasPrefix("MU") == true)
            #expect(records.contains { $0["capacity"]?.kind == .int })
            #expect(records[0]["creator"]?.string?.hasPrefix("CANARY-ACCOUNT") == true)
            #expect(records[0]["modifier"]?.string?.hasPrefix("CANARY-ACCOUNT") == true)
        }
    }

    @Test func timesAreLocalToUTCPlusEightWithUpToThreeDigits() async throws {
        try await withSandbox({ $0.dashscopeRows = 200 }) { sandbox in
            var times: [String] = []
            for page in 1...4 {
                times += try await sandbox.get(Self.list + "?page_no=\(page)")
                    .strings("output", "deployments", each: "gmt_create").filter { $0 != "-" }
            }
            let fractions = Set(times.map { $0.utf8.count - "2025-06-17T11:00:38".utf8.count })
            #expect(fractions == [0, 2, 3, 4])
            #expect(times.allSatisfy { $0.utf8.count == 19 || $0.last != "0" })
            #expect(times.allSatisfy { Timestamp($0) == nil })
            sandbox.fleet.add(.dashscope, "new")
            let one = try await sandbox.get(Self.list + "/new")
            // The clock stands at midnight UTC.
            #expect(one.at("output", "gmt_create")?.string == "2026-11-21T08:00:00")
        }
    }

    @Test func planIsFilteredAndStatusIsNot() async throws {
        try await withSandbox { sandbox in
            let plan = try await sandbox.get(Self.list + "?plan=ptu")
            #expect(Set(plan.strings("output", "deployments", each: "plan")) == ["ptu"])
            let status = try await sandbox.get(Self.list + "?status=FAILED")
            #expect(status.at("output", "total")?.int == 25)
        }
    }

    @Test func errorsHaveTheirEnvelope() async throws {
        try await withSandbox({ $0.token = "right" }) { sandbox in
            for token in [nil, "wrong"] {
                let reply = try await sandbox.get(Self.list, token: token)
                #expect(reply.status == 401)
                #expect(reply.json?.members.map(\.key) == ["request_id", "code", "message"])
                #expect(reply.at("code")?.string == "InvalidApiKey")
                #expect(reply.at("message")?.string == "Invalid API-key provided.")
            }
            let absent = try await sandbox.get(Self.list + "/absent", token: "right")
            #expect(absent.status == 404)
            #expect(absent.at("code")?.string == "NotFound")
            #expect(absent.at("message")?.string == "Model: absent not found!")
            let name = try #require(HTTPField.Name("x-request-id"))
            #expect(absent.headers[name] == absent.at("request_id")?.string)
            let other = try await sandbox.get("/dashscope/nope", token: "right")
            #expect(other.at("code")?.string == "NotFound")
        }
    }

    @Test func requestIDsDifferAndLookLikeUUIDs() async throws {
        try await withSandbox { sandbox in
            let first = try await sandbox.get(Self.list).at("request_id")?.string
            let second = try await sandbox.get(Self.list).at("request_id")?.string
            #expect(first != second)
            #expect(first?.utf8.count == 36)
        }
    }
}
