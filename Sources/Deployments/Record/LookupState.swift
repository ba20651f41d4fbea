package import Wire

/// The state of a secondary request that fields of a record depend on.
package struct LookupState: Sendable, Hashable {
    /// The words for states in the JSON form.
    package enum State: String, Sendable, CaseIterable {
        /// The fields have the values that were looked up.
        case ok
        /// It was not requested yet; the fields are null.
        case pending
        /// It was requested, and failed; the fields are null, or have the values of an earlier request.
        case failed
    }

    /// The name in the adapter file.
    package var name: String
    /// The state.
    package var state: State
    /// The names of the fields that depend on it, in field order.
    package var fields: [String]
    /// The time at which the values, or the failure, were first seen so; nil while it is pending.
    package var observedAt: Timestamp?
    /// The reason that it is not `ok`; nil if it is, or if it was merely not its turn yet.
    package var error: SourceError?

    package init(
        name: String, state: State, fields: [String], observedAt: Timestamp? = nil, error: SourceError? = nil
    ) {
        self.name = name
        self.state = state
        self.fields = fields
        self.observedAt = observedAt
        self.error = error
    }
}

extension LookupState {
    /// Appends a list of states in the JSON form.
    static func write(_ states: [LookupState], to json: inout JSONWriter) {
        json.array { json in
            for state in states {
                json.object { json in
                    json.key("name")
                    json.string(state.name)
                    json.key("state")
                    json.string(state.state.rawValue)
                    json.key("fields")
                    json.array { json in for field in state.fields { json.string(field) } }
                    json.key("observed_at")
                    json.timeOrNull(state.observedAt)
                    json.key("error")
                    guard let error = state.error else { return json.null() }
                    json.object { json in
                        json.key("class")
                        json.string(error.errorClass.rawValue)
                        json.key("message")
                        json.string(error.message)
                    }
                }
            }
        }
    }

    /// Reads a list of states that ``write(_:to:)`` wrote; elements of another form are left out.
    static func read(_ value: JSONValue?) -> [LookupState] {
        value?.elements.compactMap { element in
            guard let name = element["name"]?.string,
                let state = element["state"]?.string.flatMap(State.init)
            else { return nil }
            let error = element["error"]
            return LookupState(
                name: name, state: state, fields: element["fields"]?.elements.compactMap(\.string) ?? [],
                observedAt: element["observed_at"]?.string.flatMap { Timestamp($0) },
                error: error?["class"]?.string.flatMap(SourceError.Class.init).map {
                    SourceError($0, error?["message"]?.string ?? "")
                })
        } ?? []
    }
}
