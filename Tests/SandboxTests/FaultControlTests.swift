import HTTPTypes
import Sandbox
import Testing
import Wire

@Suite struct FaultControlTests {
    @Test func thePageListsEveryFaultWithItsState() async throws {
        try await withSandbox { sandbox in
            let reply = try await sandbox.get("/_faults")
            #expect(reply.status == 200)
            #expect(reply.strings("faults", each: "name") == Fault.allCases.map(\.rawValue))
            #expect(reply.strings("faults", each: "description").allSatisfy { $0.count > 10 })
            #expect(reply.at("requests", "nemo")?.int == 0)
            #expect(reply.at("faults", "0", "on")?.members.isEmpty == true)
        }
    }

    @Test func faultsAreSwitchedOnAndOffByPath() async throws {
        try await withSandbox { sandbox in
            let on = try await sandbox.send(.put, "/_faults/nemo/status500?count=3&seconds=1.5&share=50")
            #expect(on.status == 200)
            #expect(
                on.text == """
                    {"on":[{"dialect":"nemo","fault":"status500","count":3,"seconds":1.5,"share":50,\
                    "of":"requests","path":null,"megabytes":null,"requests":null,"seed":null,"hits":0}],"requests":{"nemo":0,"dashscope":0,"deploy-list":0}}
                    """)
            _ = try await sandbox.get("/nemo/nope")
            let broken = try await sandbox.get("/nemo/nope")
            #expect(broken.status == 500)
            let page = try await sandbox.get("/_faults")
            #expect(page.at("faults", "0", "on", "nemo")?["hits"]?.int == 1)
            let off = try await sandbox.send(.delete, "/_faults/nemo/status500")
            #expect(off.text == #"{"on":[],"requests":{"nemo":2,"dashscope":0,"deploy-list":0}}"#)
        }
    }

    @Test func aFaultOfOnePathIsSwitchedOnByPath() async throws {
        try await withSandbox { sandbox in
            let on = try await sandbox.send(
                .put, "/_faults/nemo/status500?path=*/deployment-configs/*&share=50&of=paths")
            #expect(on.at("on", "0", "path")?.string == "*/deployment-configs/*")
            #expect(on.at("on", "0", "of")?.string == "paths")
            let page = try await sandbox.get("/_faults")
            #expect(page.at("settings", "path")?.string?.isEmpty == false)
        }
    }

    @Test func aSwitchTellsWhatElseIsOn() async throws {
        try await withSandbox { sandbox in
            _ = try await sandbox.send(.put, "/_faults/dashscope/hang")
            _ = try await sandbox.send(.put, "/_faults/deploy-list/html")
            let three = try await sandbox.send(.put, "/_faults/nemo/html")
            #expect(three.strings("on", each: "dialect") == ["dashscope", "nemo", "deploy-list"])
            #expect(three.strings("on", each: "fault") == ["hang", "html", "html"])
            let two = try await sandbox.send(.delete, "/_faults/nemo/html")
            #expect(two.strings("on", each: "dialect") == ["dashscope", "deploy-list"])
            let none = try await sandbox.send(.delete, "/_faults")
            #expect(none.at("on")?.count == 0)
            #expect(none.at("faults") == nil)
        }
    }

    @Test(arguments: [
        ("/_faults/nope/status500", 404, "the dialects are nemo, dashscope, deploy-list"),
        ("/_faults/deploy-list/nope", 404, "the faults of deploy-list are status500, status429,"),
        ("/_faults/nemo/billing", 404, "the faults of nemo are "),
        ("/_faults/nemo", 404, "the path is /_faults or /_faults/{dialect}/{fault}"),
        ("/_faults/nemo/hang?count=0", 400, "count is a number from 1 to 1000000000"),
        ("/_faults/nemo/hang?seconds=nan", 400, "seconds is a number from 0 to 86400"),
        ("/_faults/nemo/hang?share=101", 400, "share is a number from 1 to 100"),
        ("/_faults/nemo/hang?bogus=1", 400, "the parameters are count, seconds, share, of, path, megabytes"),
        ("/_faults/nemo/hang?seed=-1", 400, "seed is an integer from 0 to 18446744073709551615"),
        ("/_faults/nemo/lateInLists?requests=0", 400, "requests is a number from 1 to 1000000"),
        ("/_faults/deploy-list/hangAfterWrite", 404, "the faults of deploy-list are "),
        ("/_faults/nemo/hang?of=rows", 400, "of is requests or paths"),
        ("/_faults/nemo/hang?path=", 400, "path has 1 to 500 bytes, and may have * for any characters"),
        ("/_faults", 405, "GET, PUT and DELETE only"),
    ])
    func whatIsWrongIsReportedWithWhatIsRight(_ path: String, _ status: Int, _ text: String) async throws {
        try await withSandbox { sandbox in
            let reply = try await sandbox.send(.put, path)
            #expect(reply.status == status)
            #expect(reply.at("error")?.string?.hasPrefix(text) == true)
        }
    }
}
