import HTTPTypes
import Wire

/// The control page that tells what writes did.
struct EffectControl: Sendable {
    var effects: Effects

    /// `segments` are those below `/_effects`.
    func response(method: HTTPRequest.Method, segments: [String]) -> PlatformResponse {
        switch (method, segments.count) {
        case (.get, 0): return page()
        case (.delete, 0):
            effects.forget()
            return page()
        case (.get, 2...):
            guard let dialect = Dialect(rawValue: segments[0]) else {
                let names = Dialect.allCases.map(\.rawValue).joined(separator: ", ")
                return problem(.notFound, "the dialects are \(names)")
            }
            let key = Effects.Key(dialect: dialect, key: segments.dropFirst().joined(separator: "/"))
            let account = effects.account(key.dialect, key.key)
            return PlatformResponse(.ok) { write(key, account, to: &$0) }
        case (_, 0), (_, 2...): return problem(.methodNotAllowed, "GET, and DELETE of /_effects, only")
        default: return problem(.notFound, "the path is /_effects or /_effects/{dialect}/{key}")
        }
    }

    private func page() -> PlatformResponse {
        let all = effects.all
        return PlatformResponse(.ok) { writer in
            writer.object { writer in
                writer.key("received")
                writer.int(all.reduce(0) { $0 + $1.account.received })
                writer.key("done")
                writer.int(all.reduce(0) { $0 + $1.account.done })
                writer.key("deployments")
                writer.array { for (key, account) in all { write(key, account, to: &$0) } }
            }
        }
    }

    private func write(_ key: Effects.Key, _ account: Effects.Account, to writer: inout JSONWriter) {
        writer.object { writer in
            writer.key("dialect")
            writer.string(key.dialect.rawValue)
            writer.key("key")
            writer.string(key.key)
            writer.key("received")
            writer.int(account.received)
            writer.key("done")
            writer.int(account.done)
            writer.key("effects")
            writer.array { for effect in account.effects { write(effect, to: &$0) } }
        }
    }

    /// Writes a body as JSON where it is, else as a text; null where there was none.
    private func write(_ effect: Effects.Effect, to writer: inout JSONWriter) {
        writer.object { writer in
            writer.key("request")
            writer.int(effect.request)
            writer.key("method")
            writer.string(effect.method)
            writer.key("body")
            if effect.body.isEmpty {
                writer.null()
            } else if let document = try? JSONDocument(parsing: effect.body) {
                writer.value(document.root)
            } else {
                writer.string(String(decoding: effect.body, as: UTF8.self))
            }
        }
    }

    private func problem(_ status: HTTPResponse.Status, _ text: String) -> PlatformResponse {
        PlatformResponse(status) {
            $0.object {
                $0.key("error")
                $0.string(text)
            }
        }
    }
}
