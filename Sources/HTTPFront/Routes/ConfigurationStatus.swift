import Deployments
package import Wire

/// Which configuration is in force, and whether a newer one was refused: a member of `/v1/sources`.
package struct ConfigurationStatus: Sendable, Equatable {
    /// When the configuration that is in force was read.
    package var loadedAt: Timestamp
    /// Why the newest that was read is not in force; nil where it is.
    package var refusal: Refusal?

    package struct Refusal: Sendable, Equatable {
        /// Says where the first mistake stands; never what stands there.
        package var message: String
        /// When the first of the attempts that failed in a row was made.
        package var since: Timestamp
        /// How many mistakes the newest has, from 1.
        package var problems: Int

        package init(message: String, since: Timestamp, problems: Int) {
            self.message = message
            self.since = since
            self.problems = problems
        }
    }

    package init(loadedAt: Timestamp, refusal: Refusal? = nil) {
        self.loadedAt = loadedAt
        self.refusal = refusal
    }

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.key("loaded_at")
            json.time(loadedAt)
            json.key("error")
            guard let refusal else { return json.null() }
            json.object { json in
                json.key("message")
                json.string(refusal.message)
                json.key("since")
                json.time(refusal.since)
                json.key("problems")
                json.int(refusal.problems)
            }
        }
    }

    func add(to fingerprint: inout Fingerprint) {
        fingerprint.add(loadedAt.description)
        fingerprint.add(refusal?.message ?? "")
        fingerprint.add(refusal?.since.description ?? "")
        fingerprint.add(refusal?.problems ?? 0)
    }
}
