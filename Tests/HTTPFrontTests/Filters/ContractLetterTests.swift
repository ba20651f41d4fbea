import Deployments
import HTTPFront
import Snapshots
import Testing
import Wire

/// The filters of `Sources/HTTPFront/README.md` to the letter: encoding, repetition, empty values, commas, case and Unicode.
@Suite struct ContractLetterTests {
    private static let names = [
        "caf\u{e9}", "cafe\u{301}", "CAF\u{c9}", "a,b", "a", "b", "x+y", "x y", "50%", "5000", "n\u{0}l",
        "a&b=c",
        "\u{130}stanbul", "STRASSE", "stra\u{df}e", "\u{1F600}", "filter[name]",
    ]

    private let front: FrontHarness

    init() {
        let source = SourceDescription(
            name: "ali", platform: "cumulus", adapter: "cumulus", region: "eu", labels: ["Team": "\u{e9}"])
        let rows = Self.names.enumerated().map { index, name in
            var record = source.record(uid: "ali/\(index)")
            record.name = name
            record.version = index
            record.status = index % 2 == 0 ? .ready : .failed
            return record
        }
        front = FrontHarness(published: published(rows, of: source))
    }

    private func found(_ query: String) async throws -> [String] {
        let reply = try await front.get("/v1/deployments?sort=version&page_size=1000&" + query)
        #expect(reply.status == 200, "\(query): \(reply.body)")
        return reply.json?["data"]?.elements.compactMap { $0["name"]?.string } ?? []
    }

    @Test(arguments: [
        // `+` is a space, `%2B` a plus; keys are decoded too.
        ("name=x+y", ["x y"]), ("name=x%20y", ["x y"]), ("name=x%2By", ["x+y"]), ("name=x%2by", ["x+y"]),
        ("%6eame=a", ["a"]), ("name%2Elike=5%25", ["50%", "5000"]),
        ("filter%5Bname%5D%5B%24like%5D=x%2B", ["x+y"]),
        ("n%61me.%65q=a%2Cb", ["a,b"]), ("name.eq=a%26b%3Dc", ["a&b=c"]), ("name.eq=a%26b=c", ["a&b=c"]),
        ("name=filter[name]", ["filter[name]"]), ("name=n%00l", ["n\u{0}l"]), ("name.like=%00", ["n\u{0}l"]),
        ("name=%F0%9F%98%80", ["\u{1F600}"]), ("&&name=a&&", ["a"]),
        // A comma and a repetition mean any of; `eq` spelled out does not split its value; an encoded comma
        // is a comma.
        ("name=a,b", ["a", "b"]), ("name=a%2Cb", ["a", "b"]), ("name=a&name=b", ["a", "b"]),
        ("name=b&name=a,50%25", ["a", "b", "50%"]), ("name.eq=a,b", ["a,b"]),
        ("name.eq=a&name.eq=b", ["a", "b"]),
        ("name=a&name.eq=a,b", ["a,b", "a"]), ("filter[name]=a&name=b", ["a", "b"]),
        ("name.in=a,b", ["a", "b"]), ("name.in=a&name.in=b", ["a", "b"]), ("name.in=a,,b,", ["a", "b"]),
        ("name.like=x,50", ["x+y", "x y", "50%", "5000"]),
        ("version.lt=1&version.lt=2", ["caf\u{e9}", "cafe\u{301}"]),
        // Two operators on one field are two filters, and all must hold.
        ("version.gte=4&version.lt=6", ["a", "b"]), ("name=a&version=4", ["a"]), ("name=a&version=5", []),
        // An empty value is not given.
        ("name=&version=4", ["a"]), ("name=a&name=", ["a"]), ("name.eq=&version=4", ["a"]),
        ("version=4&name", ["a"]),
        ("name.in=,&version=4", ["a"]), ("q=&q=50&sort=", ["50%", "5000"]), ("filter=&version=4", ["a"]),
        ("name.exists=&version=4", ["a"]), ("status=&version=4", ["a"]),
        // Text is compared by its bytes; what Unicode calls equal is not.
        ("name=caf%C3%A9", ["caf\u{e9}"]), ("name=cafe%CC%81", ["cafe\u{301}"]),
        ("name=CAF%C3%89", ["CAF\u{c9}"]),
        ("name=caf%C3%A9,cafe%CC%81", ["caf\u{e9}", "cafe\u{301}"]), ("name=Caf%C3%A9", []),
        ("labels.Team=%C3%A9&version=4", ["a"]), ("labels.Team.exists=true&version=4", ["a"]),
        ("name=strasse", []),
        // `like` ignores case, beyond ASCII too, and knows no other equality.
        ("name.like=CAF%C3%89", ["caf\u{e9}", "cafe\u{301}", "CAF\u{c9}"]),
        ("name.like=E%CC%81", ["caf\u{e9}", "cafe\u{301}", "CAF\u{c9}"]), ("name.like=cafe", []),
        ("name.like=stra%C3%9Fe", ["STRASSE", "stra\u{df}e"]),
        ("name.like=strasse", ["STRASSE", "stra\u{df}e"]),
        ("name.like=%EF%BC%B3TRA%25", ["STRASSE", "stra\u{df}e"]),
        ("name.like=i%CC%87stan", ["\u{130}stanbul"]), ("name.like=istan", []),
        ("q=CAF%C3%89", ["caf\u{e9}", "cafe\u{301}", "CAF\u{c9}"]),
        ("q=cafe", ["caf\u{e9}", "cafe\u{301}", "CAF\u{c9}"]), ("q=ISTAN", ["\u{130}stanbul"]),
        // With `%` a pattern over the whole text, and nothing else is special.
        ("name.like=5%25", ["50%", "5000"]), ("name.like=0%25", []), ("name.like=%250%25", ["50%", "5000"]),
        ("name.like=50%25%25", ["50%", "5000"]), ("name.like=_", []), ("name.like=x.y", []),
        ("name.like=[name]", ["filter[name]"]), ("q=50%25", ["50%"]),
        // Words compare without case.
        ("status=rEaDy&version=4", ["a"]), ("platform=CUMULUS&version=4", ["a"]),
        ("status.in=ready,READY&version=4", ["a"]),
        ("version=004", ["a"]), ("version=4.0", ["a"]), ("version=4e0", ["a"]), ("version=%2B4", ["a"]),
    ])
    func aQueryFindsTheRowsThatItNames(_ query: String, _ names: [String]) async throws {
        // Compared by their bytes, since Swift's own equality is Unicode's.
        #expect(try await found(query).map { Array($0.utf8) } == names.map { Array($0.utf8) })
    }

    @Test(arguments: [
        "name.exists=false", "name.ne=a&name.exists=false", "region.ne=eu", "region.nin=us",
        "region.like=%25",
        "region.gt=a", "region.lte=z", "region=eu",
    ])
    func nullSatisfiesNoOperatorButExistsFalse(_ query: String) async throws {
        let source = SourceDescription(name: "bare", platform: "p", adapter: "a")
        let row = source.record(uid: "bare/1")
        let bare = FrontHarness(published: published([row], of: source))
        let field = query.prefix { $0 != "." && $0 != "=" }
        #expect(try await bare.get("/v1/deployments?\(field).exists=false").uids == ["bare/1"])
        let expectsNull = query == "name.exists=false"
        let reply = try await bare.get("/v1/deployments?\(query)")
        #expect(reply.uids == (expectsNull ? ["bare/1"] : []))
    }

    @Test(arguments: [
        "name=%", "name=%2", "name=%zz", "name=a%", "name=%E9", "name=%C3", "name=%ED%A0%80",
        "name=%F5%80%80%80",
        "name=%C0%80", "n%ame=a", "%FF=a", "filter=%E9", "page=1&page=2", "page=1&page=1", "q=a&q=a",
        "sort=name&sort=name", "strict=true&strict=true", "filter={%22name%22:1}&filter={}", "Name=a",
        "NAME=a",
        "status%20=READY",
        "name.LIKE=a", "filter[name][$LIKE]=a", "Filter[name]=a", "labels.=a", "status=READY,REDY",
        "version=4,four",
        "created_at.gte=2024-01-01T00:00:00+08:00", "version=%204", "status=%20READY",
    ])
    func whatIsNoPartOfTheContractIsRefused(_ query: String) async throws {
        let reply = try await front.get("/v1/deployments?" + query)
        #expect(reply.status == 400)
        let error = try #require(reply.json?["errors"]?.elements.first)
        #expect(error["parameter"]?.string?.isEmpty == false)
    }
}
