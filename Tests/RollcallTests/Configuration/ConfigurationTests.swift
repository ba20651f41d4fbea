import Deployments
import HTTPFront
import Settings
import Testing

@testable import rollcall

@Suite struct ConfigurationTests {
    @Test func theContractsExampleReadsAsItSays() throws {
        let read = try config(contractExample)
        #expect(read.listen == ListenConfig(host: "127.0.0.1", port: 8080))
        #expect(read.tokens.map(\.name) == ["grafana"])
        #expect(read.tokens.map(\.token) == [.environment("GRAFANA_TOKEN")])
        #expect(read.tokens.map(\.permissions) == [[.read]])
        #expect(read.adapterFolders == ["/etc/adapters.d"])
        #expect(read.store == .sqlite(path: "/etc/rollcall/rollcall.sqlite"))
        #expect(read.cache.over(CacheWindows()) == CacheWindows())
        var upstream = UpstreamConfig()
        upstream.concurrency = UpstreamConfig.standardConcurrency
        upstream.pages = UpstreamConfig.standardPages
        #expect(read.upstream == upstream)
        #expect(read.sources.map(\.name) == ["research", "ali", "deepinfra"])
        #expect(read.sources[0].cache == windows { $0.set(.ttl, to: .seconds(10)) }.over(read.cache))
        #expect(read.sources[0].labels == ["team": "search", "cost_center": "4711"])
        #expect(read.sources[0].secrets == ["token": .environment("NEMO_TOKEN")])
        #expect(read.sources[1].inputs["timezone"]?.value == .text("+08:00"))
        #expect(read.sources[2].platform == "deepinfra")
        #expect(
            read.sources[2].statusTerms == ["warming": StatusTerm(status: .deploying, serving: .none)])
    }

    @Test func aFormerNameBelongsToNoOtherSource() throws {
        #expect(try config(withSource("was: b")).sources[0].formerName == "b")
        #expect(try config(withSource("was: null")).sources[0].formerName == nil)
        #expect(
            problems(withSource("was: B")) == [
                "6: sources[0].was: must be a name of 1 to 64 letters a-z, digits or -, not `B`"
            ])
        func source(_ name: String, _ was: String) -> String {
            "  - {name: \(name), adapter: nemo, base_url: \"https://a.example.com\", was: \(was)}"
        }
        let text = { (first: String, second: String) in
            "version: 1\nsources:\n\(source("a", first))\n\(source("c", second))"
        }
        #expect(problems(text("c", "d")) == ["3: sources[0]: `was` names `c`, which is a source still"])
        #expect(problems(text("a", "d")) == ["3: sources[0]: `was` names `a`, which is a source still"])
        #expect(problems(text("d", "d")) == ["4: sources[1]: `was` names `d`, as a source above does"])
        #expect(problems(text("d", "e")) == [])
    }

    @Test func thePlaceOfTheStoresKeyIsKnownUnlessItIsTheDefault() throws {
        #expect(try config(withSource("")).storeLocation == nil)
        let explicit = try config(withRoot("store: sqlite:x"))
        #expect(explicit.storeLocation?.description == "/etc/rollcall/test.yaml:3: store")
        let variable = try config(withRoot("store: sqlite:x"), environment: ["ROLLCALL_STORE": "memory:"])
        #expect(variable.storeLocation?.description == "environment: ROLLCALL_STORE")
    }

    @Test func everyProblemIsReportedAtOnceWithItsLine() {
        let text = """
            version: 2
            listn: {port: 1}
            listen: {port: 99999}
            cache: {ttl: 30, wait: 5}
            sources:
              - name: Research
                adapter: nimbus
                base_url: ftp://nimbus.example.com
                secrets: {token: {env: A, file: B}}
              - name: b
                basurl: https://nimbus.example.com
            """
        #expect(
            problems(text) == [
                "1: version: must be 1, the only version of this file format",
                "2: listn: unknown key; did you mean `listen`?",
                "3: listen.port: must be a whole number from 0 to 65535, not `99999`",
                "4: cache.ttl: must be a duration with its unit, such as 500ms, 30s, 5m, 24h or 7d, not `30`",
                "4: cache.wait: must be a duration with its unit, such as 500ms, 30s, 5m, 24h or 7d, not `5`",
                "6: sources[0].name: must be a name of 1 to 64 letters a-z, digits or -, not `Research`",
                "8: sources[0].base_url: must be a URL that begins with https:// or http://",
                "9: sources[0].secrets.token: must have either env or file",
                "10: sources[1]: `adapter` is missing",
                "10: sources[1]: `base_url` is missing",
                "11: sources[1].basurl: unknown key; did you mean `base_url`?",
            ])
    }

    @Test(arguments: [
        (
            "log: {level: loud}",
            "3: log.level: must be one of trace, debug, info, notice, warning, error, "
                + "critical, not `loud`"
        ),
        (
            "store: postgres://db",
            "3: store: must be memory: or sqlite: with a path, such as "
                + "sqlite:rollcall.sqlite"
        ),
        (
            "store: 'sqlite:'",
            "3: store: must be memory: or sqlite: with a path, such as "
                + "sqlite:rollcall.sqlite"
        ),
        ("adapters: []", "3: adapters: must be a folder, or a list of folders"),
        (
            "cache: {stale_if_error: ever}",
            "3: cache.stale_if_error: must be unlimited, or a duration with its "
                + "unit, such as 24h or 7d"
        ),
        ("cache: {ttl: 0s}", "3: cache.ttl: must be at least 100ms"),
        ("cache: {wait: 2m}", "3: cache.wait: must be at most 1m"),
        (
            "cache: {max_drop: 0.5}",
            "3: cache.max_drop: must be {share: 0 to 1, count: ROWS}, or one of them"
        ),
        ("cache: {max_drop: {}}", "3: cache.max_drop: must have a share, a count, or both"),
        (
            "cache: {max_drop: {share: 1.5}}",
            "3: cache.max_drop.share: must be a number from 0 to 1, not `1.5`"
        ),
        (
            "cache: {max_drop: {share: nan, count: 1}}",
            "3: cache.max_drop.share: must be a number from 0 to 1, not `nan`"
        ),
        (
            "cache: {max_drop: {count: -1}}",
            "3: cache.max_drop.count: must be a whole number from 0, not `-1`"
        ),
        (
            "cache: {max_drop: {count: 1, shar: 0.5}}",
            "3: cache.max_drop.shar: unknown key; did you mean `share`?"
        ),
        (
            "upstream: {limits: {body: 64}}",
            "3: upstream.limits.body: must be a size with its unit, such as "
                + "512KiB or 64MiB, not `64`"
        ),
        ("upstream: {limits: {body: 2GiB}}", "3: upstream.limits.body: must be at most 1024MiB"),
        (
            "upstream: {shared: {per_host: 0}}",
            "3: upstream.shared.per_host: must be a whole number from 1 to 10000, not `0`"
        ),
        ("upstream: {timeout: {fetch: 2h}}", "3: upstream.timeout.fetch: must be at most 1h"),
        ("upstream: {timeout: {fetch: 0s}}", "3: upstream.timeout.fetch: must be at least 1ms"),
        ("upstream: {limits: {rate: 0}}", "3: upstream.limits.rate: must be a number above 0.0, not `0`"),
        (
            "listen: {host: '127.0.0.1:80'}",
            "3: listen.host: must be a host's name or address, without a port"
        ),
        (
            "auth: {tokens: [{name: a, token: {env: A}, may: [rule]}]}",
            "3: auth.tokens[0].may[0]: must be one of read, refresh, write, audit, not `rule`"
        ),
        (
            "auth: {tokens: [{name: a, token: {env: A}, may: []}]}",
            "3: auth.tokens[0].may: must name at least one right"
        ),
        (
            "auth: {tokens: [{name: a, token: {env: A}}, {name: a, token: {env: B}}]}",
            "3: auth.tokens[1]: a token named `a` is defined above"
        ),
        (
            "listen: {host: 0.0.0.0}",
            "3: listen.host: 0.0.0.0 can be reached from other machines: set "
                + "`auth.tokens`, or `listen.allow_unauthenticated: true`"
        ),
    ])
    func aRootsMistakeIsNamed(_ keys: String, _ problem: String) {
        #expect(problems(withRoot(keys)).map { $0.drop { $0 == " " } } == [problem[...]])
    }

    @Test(arguments: [
        ("expose: [owner, all]", "6: sources[0].expose[1]: must be one of owner, not `all`"),
        (
            "status: {warm: [WARM, none]}",
            "6: sources[0].status.warm[0]: must be one of PENDING, DEPLOYING, "
                + "READY, DEGRADED, UPDATING, STOPPING, STOPPED, FAILED, DELETING, DELETED, LOST, UNKNOWN, not `WARM`"
        ),
        (
            "status: {warm: [READY]}",
            "6: sources[0].status.warm: must be [STATUS, serving], such as "
                + "[DEPLOYING, none]"
        ),
        (
            "status: {warm: [READY, full], WARM: [LOST, none]}",
            "6: sources[0].status.WARM: this status is already set above, in different letter case"
        ),
        (
            "labels: {a b: c}",
            "6: sources[0].labels.a b: a label key has 1 to 64 letters, digits, `-`, `_` or `.`, no `.` at either "
                + "end, and may have a prefix such as `app.kubernetes.io/`"
        ),
        ("labels: {a: [c]}", "6: sources[0].labels.a: must be a text, not a list"),
        (
            "inputs: {a: {b: c}}",
            "6: sources[0].inputs.a: must be a text, a number, true, false, or a list of these"
        ),
        ("inputs: {a: [[b]]}", "6: sources[0].inputs.a[0]: must be a text, a number, true or false"),
        ("enabled: yes", "6: sources[0].enabled: must be true or false, not `yes`"),
        (
            "region: \"a\\tb\"",
            "6: sources[0].region: must be a text of at most 256 bytes, without control characters"
        ),
        (
            "upstream: {proxy: 'http://user:word@proxy'}",
            "6: sources[0].upstream.proxy: must not contain a user or a password; put them under `secrets`"
        ),
    ])
    func aSourcesMistakeIsNamed(_ keys: String, _ problem: String) {
        #expect(problems(withSource(keys)) == [problem])
    }

    @Test func modelFamiliesAreNamesWithPatterns() throws {
        #expect(try config(withRoot("model_families: {}")).modelFamilies == [])
        #expect(
            try config(withRoot("model_families: {acme-chat: [acme/chat-%, acme-chat], one: single}"))
                .modelFamilies == [
                    ModelFamily("acme-chat", ["acme/chat-%", "acme-chat"]), ModelFamily("one", ["single"]),
                ])
        let wrong = "must be names of models, or patterns with `%`, such as [qwen3-32b, qwen3-32b-%]"
        #expect(
            problems(withRoot("model_families: {a: [], b: ['%'], c: [x, '']}")) == [
                "3: model_families.a: \(wrong)", "3: model_families.b: \(wrong)",
                "3: model_families.c: \(wrong)",
            ])
    }

    @Test func theDocsArePublicUnlessTheFileSaysOtherwise() throws {
        #expect(try !config(withRoot("listen: {port: 1}")).listen.privateDocs)
        #expect(try config(withRoot("listen: {private_docs: true}")).listen.privateDocs)
        #expect(
            problems(withRoot("listen: {private_docs: yes}")) == [
                "3: listen.private_docs: must be true or false, not `yes`"
            ])
    }

    @Test func theWordsForNoLimitAreRead() throws {
        let text = "cache: {stale_if_error: unlimited, idle_interval: off}"
        let given = try config(withRoot(text)).cache
        let windows = given.over(windows { $0.set(.staleIfError, to: .after(.seconds(1))) }).over(
            CacheWindows())
        #expect(windows.staleIfError == nil)
        #expect(windows.idleInterval == nil)
    }

    @Test func aFileWithoutSourcesIsRefused() {
        #expect(problems("version: 1") == ["1: `sources` is missing"])
        #expect(problems("version: 1\nsources: []") == ["2: sources: must have 1 to 1000 sources"])
    }

    @Test func aNameStandsOnce() {
        let source = "{name: a, adapter: nimbus, base_url: 'https://n.example.com'}"
        let text = "version: 1\nsources:\n  - \(source)\n  - \(source)"
        #expect(problems(text) == ["4: sources[1]: a source named `a` is defined in line 3 already"])
    }

    @Test func aSourceOverridesKeyByKey() throws {
        let text = """
            version: 1
            cache: {ttl: 1m, wait: 1s}
            upstream: {timeout: {total: 20s}, limits: {rate: 5, pages: 7}, ca_file: certs/ca.pem}
            sources:
              - name: a
                adapter: nimbus
                base_url: https://nimbus.example.com
                cache: {ttl: 10s, stale_if_error: 1h}
                upstream: {timeout: {connect: 1s}, limits: {rate: null}}
              - {name: b, adapter: nimbus, base_url: "https://nimbus.example.com"}
            """
        let sources = try config(text).sources
        var expected = CacheWindows()
        expected.ttl = .seconds(10)
        expected.staleIfError = .seconds(3600)
        expected.wait = .seconds(1)
        #expect(sources[0].cache.over(CacheWindows()) == expected)
        #expect(
            sources[0].upstream
                == UpstreamConfig(
                    connectTimeout: .seconds(1), totalTimeout: .seconds(20), pages: 7,
                    caFile: "/etc/rollcall/certs/ca.pem"))
        #expect(
            sources[1].cache
                == windows {
                    $0.set(.ttl, to: .seconds(60))
                    $0.set(.wait, to: .seconds(1))
                })
        #expect(sources[1].upstream.rate == 5)
    }

    @Test func aSourcesLimitsAreSetKeyByKey() throws {
        let text = """
            version: 1
            upstream: {timeout: {fetch: 30s}, limits: {rate: 0.5, burst: 3, daily: 1000}}
            sources:
              - name: a
                adapter: nimbus
                base_url: https://nimbus.example.com
                upstream: {timeout: {fetch: 5m}, limits: {burst: null, daily: 20}}
              - {name: b, adapter: nimbus, base_url: "https://nimbus.example.com"}
            """
        let sources = try config(text).sources.map(\.upstream)
        #expect(sources.map(\.fetchTimeout) == [.seconds(300), .seconds(30)])
        #expect(sources.map(\.rate) == [0.5, 0.5])
        #expect(sources.map(\.burst) == [nil, 3])
        #expect(sources.map(\.daily) == [20, 1000])
    }

    @Test func aMaxDropIsReadForAllAndForOne() throws {
        let text = """
            version: 1
            cache: {max_drop: {share: 0.5, count: 10}}
            sources:
              - {name: a, adapter: nimbus, base_url: "https://nimbus.example.com"}
              - {name: b, adapter: nimbus, base_url: "https://nimbus.example.com", cache: {max_drop: {share: 1}}}
              - {name: c, adapter: nimbus, base_url: "https://nimbus.example.com", cache: {max_drop: {count: 3}}}
            """
        let drops = try config(text).sources.map { $0.cache.over(CacheWindows()).maxDrop }
        #expect(drops == [MaxDrop(share: 0.5, count: 10), MaxDrop(share: 1), MaxDrop(count: 3)])
        #expect(CacheWindows().maxDrop == nil)
    }

    @Test func inputsKeepHowTheyWereWritten() throws {
        let text = "inputs: {a: 1.10, b: \"0042\", c: true, d: [x, \"true\", 7], e: null}"
        let inputs = try config(withSource(text)).sources[0].inputs
        #expect(inputs["a"]?.value == .number(1.1, written: "1.10"))
        #expect(inputs["b"]?.value == .text("0042"))
        #expect(inputs["c"]?.value == .bool(true))
        #expect(inputs["e"] == nil)
        guard case .list(let elements)? = inputs["d"]?.value else {
            Issue.record("d is no list")
            return
        }
        #expect(elements.map(\.value) == [.text("x"), .text("true"), .number(7, written: "7")])
        #expect(elements[1].location.description == "/etc/rollcall/test.yaml:6: sources[0].inputs.d[1]")
    }

    @Test(arguments: ["\u{FEFF}", "", "- a", "just a text", "a: [", "a: b: c", "? {x: y}\n: z", "\u{0}"])
    func whatIsNoConfigurationIsAProblemAndNoCrash(_ text: String) {
        #expect(!problems(text).isEmpty)
    }

    @Test func textThatIsNotUTF8IsAProblem() {
        let loader = ConfigLoader(environment: [:], workingDirectory: "/")
        let problems = SettingsProblems()
        _ = loader.parse(
            [0x61, 0x3A, 0xFF], file: "x.yaml", overrides: ConfigOverrides(), problems: problems)
        #expect(problems.all.map(\.description) == ["x.yaml: is not UTF-8"])
    }
}

/// Overrides with the values that a closure gives.
private func windows(_ give: (inout CacheWindows.Overrides) -> Void) -> CacheWindows.Overrides {
    var overrides = CacheWindows.Overrides()
    give(&overrides)
    return overrides
}

/// A configuration with every kind of key.
private let contractExample = """
    version: 1
    listen: {host: 127.0.0.1, port: 8080}
    auth:
      tokens:
        - {name: grafana, token: {env: GRAFANA_TOKEN}, may: [read]}
    adapters: ../adapters.d
    store: sqlite:rollcall.sqlite
    log: {level: info, format: auto}
    cache: {ttl: 30s, stale_while_revalidate: 5m, stale_if_error: unlimited, min_interval: 2s, client_floor: 10s, wait: 500ms}
    upstream: {timeout: {connect: 5s, total: 10s}, limits: {concurrency: 4, rate: null, burst: null, daily: null, body: 64MiB, pages: 1000}, proxy: null, ca_file: null}
    sources:
      - name: research
        adapter: nemo
        base_url: https://nemo.example.com
        inputs: {workspaces: [research-team-alpha]}
        secrets: {token: {env: NEMO_TOKEN}}
        cache: {ttl: 10s}
        platform: null
        region: null
        labels: {team: search, cost_center: "4711"}
      - name: ali
        adapter: dashscope
        base_url: https://dashscope-intl.aliyuncs.com
        secrets: {token: {env: DASHSCOPE_API_KEY}}
        inputs: {timezone: "+08:00"}
      - name: deepinfra
        adapter: deploy-list
        platform: deepinfra
        base_url: https://api.deepinfra.com
        secrets: {token: {env: DEEPINFRA_API_KEY}}
        status: {warming: [DEPLOYING, none]}
    """
