import Deployments
import Snapshots
import Testing
import Wire

@Suite struct ParameterErrorTests {
    private let front = FrontHarness(published: examplePublished())

    @Test func everyWrongParameterIsNamedAtOnce() async throws {
        let reply = try await front.get(
            "/v1/deployments?stauts=READY&status=REDY,LOST&page=0&nam.like=x", ["X-Request-Id": "r-1"])
        #expect(reply.status == 400)
        #expect(reply["Content-Type"] == "application/problem+json")
        #expect(reply["Cache-Control"] == "no-store")
        #expect(reply["X-Request-Id"] == "r-1")
        #expect(
            reply.body == """
                {"type":"urn:rollcall:problem:invalid-parameter","title":"Invalid parameter","status":400,\
                "detail":"4 parameters are wrong; see `errors`",\
                "request_id":"r-1","errors":[\
                {"parameter":"stauts","value":"READY","detail":"unknown parameter `stauts`; this route accepts \
                filters on fields, and filter, q, sort, page, page_size, page_token, fields, include, all_versions, \
                format, sources, max_age, strict, bom","did_you_mean":"status"},\
                {"parameter":"status","value":"REDY","detail":"must be one of PENDING DEPLOYING READY DEGRADED \
                UPDATING STOPPING STOPPED FAILED DELETING DELETED LOST UNKNOWN","did_you_mean":"READY"},\
                {"parameter":"page","value":"0","detail":"must be a whole number from 1","did_you_mean":null},\
                {"parameter":"nam.like","value":"x","detail":"unknown field `nam.like`","did_you_mean":"name.like"}]}
                """)
    }

    @Test(
        arguments: [
            ("sttus=READY", "sttus", "status"), ("filter[stats]=READY", "filter[stats]", "filter[status]"),
            ("filter[status][$eqq]=READY", "filter[status][$eqq]", "filter[status][$eq]"),
            ("name.lik=x", "name.lik", "name.like"),
            ("accelerator.typ=x", "accelerator.typ", "accelerator.type"),
            ("filter[nam][$like]=x", "filter[nam][$like]", "filter[name][$like]"),
            ("page_sise=10", "page_sise", "page_size"), ("serving=ful", "serving", "full"),
            ("sort=-created", "sort", "-created_at"), ("sort=-creatd_at", "sort", "-created_at"),
            ("fields=uid,nmae", "fields", "name"), ("fields=history", "fields", nil),
            ("fields=histroy", "fields", nil),
            ("include=histroy", "include", "history"), ("all_versions=ture", "all_versions", "true"),
            ("name.exists=yes", "name.exists", nil), ("format=csw", "format", "csv"),
            ("format=xml", "format", "json"),
            ("page=1.5", "page", nil), ("page=%2B1", "page", nil), ("page=99999999999999999999", "page", nil),
            ("page_size=0", "page_size", nil), ("page_size=1001", "page_size", nil),
            ("page_size=ten", "page_size", nil),
            ("version=1.5", "version", nil), ("version.gt=many", "version.gt", nil),
            ("version=nan", "version", nil),
            ("version=0x10", "version", nil), ("version=1e999", "version", nil),
            ("created_at.gte=yesterday", "created_at.gte", nil), ("created_at.gte=-5", "created_at.gte", nil),
            ("created_at.gte=-99999d", "created_at.gte", nil),
            ("created_at.gte=-9223372036854775807d", "created_at.gte", nil),
            ("created_at.gte=0000000150000", "created_at.gte", nil),
            ("created_at.gte=-99999999999999999999d", "created_at.gte", nil),
            ("created_at.gte=2024-02-30", "created_at.gte", nil),
            ("latest=1", "latest", nil), ("version.like=1", "version.like", nil),
            ("status.gt=READY", "status.gt", nil),
            ("latest.gte=true", "latest.gte", nil), ("created_at.like=2024", "created_at.like", nil),
            ("page=1&page=1", "page", nil), ("q=a&q=b", "q", nil), ("labels=x", "labels", nil),
            ("accelerator=x", "accelerator", nil), ("inferred=x", "inferred", nil),
            ("nonsense_all_over=x", "nonsense_all_over", nil),
            ("page_token=x", "page_token", nil), ("max_age=soon", "max_age", nil),
            ("max_age=-1", "max_age", nil), ("max_age=%2B1", "max_age", nil), ("max_age=1e1", "max_age", nil),
            ("max_age=.5", "max_age", nil), ("max_age=5.", "max_age", nil), ("max_age=1.2.3", "max_age", nil),
            ("max_age=nan", "max_age", nil), ("max_age=inf", "max_age", nil), ("max_age=1,5", "max_age", nil),
            ("max_age=30s", "max_age", "30"), ("max_age=5m", "max_age", nil),
            ("max_age=315360000.1", "max_age", nil), ("max_age=315360001", "max_age", nil),
            ("max_age=99999999999999999999", "max_age", nil), ("max_age=1&max_age=2", "max_age", nil),
            ("strict=1", "strict", nil), ("strict=ture", "strict", "true"), ("maxage=5", "maxage", "max_age"),
            ("filter=%7B%7D", "filter", nil), ("filter=%7B", "filter", nil), ("filter[]=x", "filter[]", nil),
            ("filter=%7B%22status%22:%22REDY%22%7D", "filter", "READY"),
            ("filter={\"status\":\"READY\"}&filter=1", "filter", nil),
            ("filtr={}", "filtr", "filter"),
            ("filter[name=x", "filter[name", nil),
            ("filter[$like]=x", "filter[$like]", nil), ("name.$like=x", "name.$like", "name.like"),
            ("unknown=", "unknown", nil), ("name=%", "name", nil), ("name=%4", "name", nil),
            ("name=%G1", "name", nil),
            ("name=%C3%28", "name", nil), ("na%me=x", "na%me", nil), ("q=%ff", "q", nil),
        ] as [(String, String, String?)])
    func oneWrongParameterIsNamedWithTheNearestWord(
        _ query: String, _ parameter: String, _ better: String?
    ) async throws {
        let reply = try await front.get("/v1/deployments?\(query)")
        #expect(reply.status == 400)
        let errors = try #require(reply.json?["errors"]).elements
        #expect(errors.count == 1, "\(reply.body)")
        #expect(errors.first?["parameter"]?.string == parameter)
        #expect(errors.first?["did_you_mean"]?.string == better)
        #expect(errors.first?["detail"]?.string?.isEmpty == false)
    }

    @Test(
        arguments: [
            ("labels..b=x", "labels..b", "unknown field `labels..b`", nil),
            ("labels.%20=x", "labels. ", "unknown field `labels. `", nil),
            ("filter[labels][a%20b]=x", "filter[labels][a b]", "unknown field `labels.a b`", nil),
            ("sort=-labels.a/b/c", "sort", "unknown field `labels.a/b/c`", nil),
            ("fields=labels.A/b", "fields", "unknown field `labels.A/b`", nil),
            ("filter={%22labels%22:{%22a.%22:1}}", "filter", "unknown field `labels.a.`", nil),
        ] as [(String, String, String, String?)])
    func aLabelThatNoSourceMayHaveIsNoField(
        _ query: String, _ parameter: String, _ detail: String, _ better: String?
    ) async throws {
        let reply = try await front.get("/v1/deployments?\(query)")
        #expect(reply.status == 400)
        let error = try #require(reply.json?["errors"]?.elements.first)
        #expect(error["parameter"]?.string == parameter)
        #expect(
            error["detail"]?.string
                == "\(detail): a label key has 1 to 64 letters, digits, `-`, `_` or `.`, no `.` at either end, "
                + "and may have a prefix such as `app.kubernetes.io/`")
        #expect(error["did_you_mean"]?.string == better)
    }

    /// A member that `include` adds is hinted at, since it is no field.
    @Test(arguments: ["history", "histroy"])
    func whatIncludeAddsIsReportedWhereItIsTakenForAField(_ item: String) async throws {
        let reply = try await front.get("/v1/deployments?fields=\(item)")
        #expect(reply.status == 400)
        #expect(reply.body.contains("`history` is not a field; add it with `include=history`"))
        #expect(reply.body.contains("unknown field `histroy`") == (item == "histroy"))
    }

    @Test(
        arguments: [
            ("replicas=1", "`replicas` is an object; filter on e.g. `replicas.ready`"),
            ("labels=x", "`labels` is an object; filter on e.g. `labels.team`"),
            ("inferred=x", "`inferred` is a list; filter on a field with a single value"),
            ("sort=accelerator", "`accelerator` is an object; sort by e.g. `accelerator.type`"),
            ("status.gt=READY", "`gt` does not apply to `status`; use eq, ne, in, nin, like, exists"),
            ("name.lik=x", "unknown operator `lik`; use eq, ne, in, nin, like, gt, gte, lt, lte, exists"),
            ("page=1&page=2", "is given more than once; give it once"),
        ])
    func anErrorSaysWhatIsWrongAndWhatToDo(_ query: String, _ detail: String) async throws {
        let reply = try await front.get("/v1/deployments?\(query)")
        #expect(reply.status == 400)
        #expect(reply.json?["errors"]?.elements.first?["detail"]?.string == detail)
    }

    @Test(arguments: [
        ("limit=5", "unknown parameter `limit`; this API's is `page_size`; did you mean `page_size`?"),
        ("per_page=5", "unknown parameter `per_page`; this API's is `page_size`; did you mean `page_size`?"),
        ("pageSize=5", "unknown parameter `pageSize`; this API's is `page_size`; did you mean `page_size`?"),
        ("order_by=name", "unknown parameter `order_by`; this API's is `sort`; did you mean `sort`?"),
        ("search=x", "unknown parameter `search`; this API's is `q`; did you mean `q`?"),
        (
            "cursor=x",
            "unknown parameter `cursor`; this API's is `page_token`, the `next_page_token` of the page before; "
                + "did you mean `page_token`?"
        ),
        (
            "offset=10",
            "unknown parameter `offset`; this API's is `page_token`, the `next_page_token` of the page before; "
                + "did you mean `page_token`?"
        ),
        (
            "stauts=READY",
            "unknown parameter `stauts`; this route accepts filters on fields, and filter, q, sort, page, "
                + "page_size, page_token, fields, include, all_versions, format, sources, max_age, strict, bom; "
                + "did you mean `status`?"
        ),
        ("strict=ture", "`strict`: must be true or false; did you mean `true`?"),
        (
            "replicas.ready=null",
            "`replicas.ready`: for rows without a value write `replicas.ready.exists=false`; must be a number"
        ),
    ])
    func theDetailOfOneMistakeHasItsHint(_ query: String, _ detail: String) async throws {
        let reply = try await front.get("/v1/deployments?\(query)")
        #expect(reply.status == 400)
        #expect(reply.json?["detail"]?.string == detail)
    }

    @Test(
        arguments: [
            (
                "status=RUNNING", "`RUNNING` is cumulus's word for READY; or write `native_status=RUNNING`; ",
                "READY"
            ),
            (
                "status.ne=running",
                "`running` is cumulus's word for READY; or write `native_status=running`; ", "READY"
            ),
            (
                "status=Warm",
                "`Warm` is nimbus's word for DEPLOYING, and cumulus's word for UPDATING or READY; "
                    + "or write `native_status=Warm`; ", "DEPLOYING"
            ),
            ("serving=RUNNING", "", nil), ("status=WALKING", "", nil),
        ] as [(String, String, String?)])
    func aPlatformsOwnWordIsTold(_ query: String, _ hint: String, _ better: String?) async throws {
        var published = examplePublished()
        for index in published.sources.indices {
            published.sources[index].statusWords =
                published.sources[index].source.platform == "nimbus"
                ? ["warm": [.deploying]] : ["running": [.ready], "warm": [.updating, .ready]]
        }
        let reply = try await FrontHarness(published: published).get("/v1/deployments?\(query)")
        #expect(reply.status == 400)
        let error = try #require(reply.json?["errors"]?.elements.first)
        #expect(error["detail"]?.string?.hasPrefix(hint + "must be one of") == true)
        #expect(better == nil || error["did_you_mean"]?.string == better)
    }

    @Test func aMisspelledOperatorOfALabelGetsTheRightOne() async throws {
        let reply = try await front.get("/v1/deployments?labels.team.lik=x")
        #expect(reply.status == 400)
        #expect(reply.body.contains(#""did_you_mean":"labels.team.like""#))
    }

    @Test(arguments: ["/v1/sources", "/v1/sources/ali"])
    func aRouteWithoutRowsServesJSONOnly(_ target: String) async throws {
        for format in ["csv", "ndjson"] {
            let reply = try await front.get("\(target)?format=\(format)")
            #expect(reply.status == 400)
            #expect(reply.body.contains("this route has no format `\(format)`; it serves json"))
            #expect(reply.body.contains(#""did_you_mean":"json""#))
        }
        #expect(try await front.get("\(target)?format=json", ["Accept": "text/csv"]).status == 200)
    }

    @Test(arguments: [
        ("page=0", "`page`: must be a whole number from 1", 1),
        ("status=REDY,LOTS", "`status` has 2 mistakes; see `errors`", 2),
        (
            "status=REDY,LOTS&status=NO&page=0",
            "3 parameters are wrong, with 4 mistakes; see `errors`", 4
        ),
        (
            "status=" + String(repeating: "x,", count: 100),
            "`status` has 100 mistakes; see `errors`", 100
        ),
        (
            "status=" + String(repeating: "x,", count: 101),
            "`status` has 101 mistakes; see `errors` for the first 100", 100
        ),
        (
            "page=0"
                + (1...10).map { "&replicas.ready=\($0)" + String(repeating: ",x", count: 100) }.joined(),
            "11 parameters are wrong, with 1001 mistakes; see `errors` for the first 100", 100
        ),
    ])
    func mistakesAndWrongParametersAreCountedTruly(
        _ query: String, _ detail: String, _ shown: Int
    ) async throws {
        let reply = try await front.get("/v1/deployments?\(query)")
        #expect(reply.status == 400)
        #expect(reply.json?["detail"]?.string == detail)
        #expect(reply.json?["errors"]?.elements.count == shown)
    }

    @Test func anUnencodedPlusInATimeIsExplained() async throws {
        let reply = try await front.get("/v1/deployments?created_at.gte=2024-01-01T00:00:00+08:00")
        #expect(reply.status == 400)
        #expect(reply.body.contains("%2B"))
    }

    @Test(arguments: [
        (String(repeating: "a=b&", count: 101), "at most 100 parameters"),
        ("status.in=" + String(repeating: "READY,", count: 201), "at most 200 values"),
        ("q=" + String(repeating: "a+", count: 17), "at most 16 words"),
        ("sort=" + String(repeating: "name,", count: 9), "at most 8 keys"),
        ("fields=" + String(repeating: "name,", count: 101), "at most 100 fields"),
        ("name=" + String(repeating: "x", count: 4097), "at most 4096 bytes"),
    ])
    func everyListHasALimit(_ query: String, _ expected: String) async throws {
        let reply = try await front.get("/v1/deployments?\(query)")
        #expect(reply.status == 400)
        #expect(reply.body.contains(expected), "\(reply.body.prefix(500))")
        #expect(reply.body.utf8.count < 1500)
    }

    @Test(arguments: ["/openapi.json", "/docs"])
    func theDescriptionTakesNoParameters(_ target: String) async throws {
        for query in ["x=1", "format=json", "name="] {
            let reply = try await front.get("\(target)?\(query)")
            #expect(reply.status == 400)
            #expect(reply.body.contains("this route accepts no parameters"))
        }
        #expect(try await front.get("\(target)?x=%zz").status == 400)
        #expect(try await front.get("\(target)?").status == 200)
        #expect(try await front.get(target, ["Accept": "text/csv"]).status == 200)
    }

    @Test func otherRoutesKnowNoFilters() async throws {
        #expect(try await front.get("/v1/deployments/ali/qwen-1?all_versions=true").status == 400)
        #expect(try await front.get("/v1/deployments/ali/qwen-1?status=READY").status == 400)
        #expect(try await front.get("/v1/sources?name=ali").status == 400)
        #expect(try await front.get("/v1/sources/ali?page=1").status == 400)
        #expect(try await front.get("/v1/sources/ali?formt=json").body.contains(#""did_you_mean":"format""#))
    }
}
