import Deployments
import Snapshots
import Wire

extension ReadContext {
    /// `GET /v1/sources`: the state of every source; it is answered in every state.
    func sources(store problem: StoreProblem?) throws(Problem) -> RouteResponse {
        _ = try parsed(.formatOnly)
        let scope = SourceScope(published.sources, now: now)
        return sourceAnswer(scope, problem, state.configuration?()) { json in
            json.array { json in
                for source in scope.sources { scope.write(source, facts(of: source), to: &json) }
            }
        }
    }

    /// The facts about a source's rows.
    func facts(of source: SourceScope.Source) -> RowFacts {
        let name = source.status.source.name
        let list = published.snapshot.lists.first { $0.source.name == name }
        return RowFacts(
            fields: SourceField.all(of: source.status, in: list), lookups: list?.lookupCounts ?? [],
            writes: state.updates?.schema(of: name))
    }

    /// `GET /v1/sources/{name}`.
    func source(named name: String, store problem: StoreProblem?) throws(Problem) -> RouteResponse {
        _ = try parsed(.formatOnly)
        let scope = SourceScope(published.sources.filter { $0.source.name == name }, now: now)
        guard let source = scope.sources.first else { throw .noSource }
        return sourceAnswer(scope, problem) { scope.write(source, facts(of: source), to: &$0) }
    }

    private func sourceAnswer(
        _ scope: SourceScope, _ problem: StoreProblem?, _ configuration: ConfigurationStatus? = nil,
        data: (inout JSONWriter) -> Void
    ) -> RouteResponse {
        let tag = entityTag(scope) { fingerprint in
            configuration?.add(to: &fingerprint)
            for kind in RecordKind.ofSources {
                let lists = SourceScope(scope.sources.compactMap { kind.status(of: $0.status) }, now: now)
                lists.add(to: &fingerprint)
                for list in lists.sources { list.status.add(to: &fingerprint) }
            }
            for source in scope.sources {
                facts(of: source).add(to: &fingerprint)
            }
            fingerprint.add(problem?.since.description ?? "")
            fingerprint.add(problem?.message ?? "")
            fingerprint.add(problem?.state.rawValue ?? "")
        }
        return answer(scope, tag: tag) { body in
            body.text.key("data")
            data(&body.text)
            if let problem {
                body.text.key("store")
                problem.write(to: &body.text)
            }
            guard let configuration else { return }
            body.text.key("configuration")
            configuration.write(to: &body.text)
        }
    }
}

extension SourceScope {
    /// Writes one source: its description, its state and the reasons, and facts about its rows.
    func write(_ source: Source, _ facts: RowFacts, to json: inout JSONWriter) {
        let status = source.status
        json.object { json in
            status.source.write(to: &json)
            let age = source.observedAt.map { ageSeconds(since: $0) }
            source.writeState(to: &json, withAge: .some(age))
            json.key("last_attempt_at")
            json.timeOrNull(status.lastAttemptAt)
            json.key("next_attempt_at")
            json.timeOrNull(status.nextAttemptAt)
            json.key("next_attempt_reason")
            json.stringOrNull(status.nextAttemptReason)
            let calls = status.budget.calls(at: now)
            json.key("calls")
            json.object { json in
                for (key, number) in [
                    ("minute", calls.minute), ("hour", calls.hour), ("day", calls.day),
                ] {
                    json.key(key)
                    json.int(number)
                }
            }
            json.key("budget_left")
            json.intOrNull(status.budget.left(at: now))
            json.key("drift")
            json.array { json in for drift in status.drift { drift.write(to: &json) } }
            json.key("unproven")
            json.stringOrNull(status.unproven)
            json.key("fields")
            json.array { json in for field in facts.fields { field.write(to: &json) } }
            json.key("lookups")
            json.array { json in for lookup in facts.lookups { lookup.write(to: &json) } }
            json.key("held")
            status.held.write(to: &json)
            json.key("lists")
            writeLists(of: status, to: &json)
            json.key("writes")
            facts.writes.write(to: &json)
        }
    }

    /// Writes the state of each of a source's lists by the name of its kind; null for a kind that it does not have.
    private func writeLists(of source: SourceStatus, to json: inout JSONWriter) {
        json.object { json in
            for kind in RecordKind.ofSources {
                json.key(kind.schema.profile.name)
                guard let status = kind.status(of: source) else {
                    json.null()
                    continue
                }
                let list = Source(status: status, state: status.state(at: now), unmet: nil)
                json.object { list.writeState(to: &$0) }
            }
        }
    }
}

extension SourceStatus.Held? {
    fileprivate func write(to json: inout JSONWriter) {
        guard let self else { return json.null() }
        json.object { json in
            json.key("rows")
            json.int(self.rows)
            json.key("since")
            json.time(self.since)
        }
    }
}

extension StoreProblem {
    fileprivate func write(to json: inout JSONWriter) {
        json.object { json in
            json.key("state")
            json.string(state.rawValue)
            json.key("since")
            json.time(since)
            json.key("message")
            json.string(message)
        }
    }
}

extension SourceDescription {
    fileprivate func write(to json: inout JSONWriter) {
        for (key, text) in [("name", name), ("platform", platform), ("adapter", adapter)] {
            json.key(key)
            json.string(text)
        }
        json.key("region")
        json.stringOrNull(region)
        json.key("labels")
        json.object { json in
            for (key, value) in labels.sorted(by: { $0.key < $1.key }) {
                json.key(key)
                json.string(value)
            }
        }
    }
}

extension SourceStatus.ObservedDrift {
    fileprivate func write(to json: inout JSONWriter) {
        json.object { json in
            json.key("field")
            json.string(drift.field)
            json.key("value")
            json.string(drift.value)
            json.key("first_seen")
            json.time(firstSeen)
            json.key("rows")
            json.int(drift.rows)
        }
    }
}

extension SourceStatus {
    /// Adds the members that an attempt changes.
    ///
    /// Calls and the remaining budget are left out, since they also change with time.
    fileprivate func add(to fingerprint: inout Fingerprint) {
        fingerprint.add(source.name)
        fingerprint.add(source.platform)
        fingerprint.add(source.adapter)
        fingerprint.add(source.region ?? "")
        for (key, value) in source.labels.sorted(by: { $0.key < $1.key }) {
            fingerprint.add(key)
            fingerprint.add(value)
        }
        fingerprint.add(lastAttemptAt?.description ?? "")
        fingerprint.add(nextAttemptAt?.description ?? "")
        fingerprint.add(nextAttemptReason ?? "")
        fingerprint.add(count)
        fingerprint.add(held?.rows ?? 0)
        fingerprint.add(held?.since.description ?? "")
        fingerprint.add(finishedAttempts)
        fingerprint.add(unproven ?? "")
        for observed in drift {
            fingerprint.add(observed.drift.field)
            fingerprint.add(observed.drift.value)
            fingerprint.add(observed.drift.rows)
        }
    }
}
