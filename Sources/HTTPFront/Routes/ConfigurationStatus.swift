import Deployments
package import Wire

/// The configuration in use, and the refusal of a newer one: a member of `/v1/sources`.
package struct ConfigurationStatus: Sendable, Equatable {
    /// The time at which the configuration in use was read.
    package var loadedAt: Timestamp
    /// The reason why the newest configuration is not in use; nil if it is.
    package var refusal: Refusal?

    /// A configuration that was read and refused.
    package struct Refusal: Sendable, Equatable {
        /// The location of the first mistake, without the text at that location.
        package var message: String
        /// The time of the first attempt in the current series of failed ones.
        package var since: Timestamp
        /// The number of mistakes in the newest configuration, from 1.
        package var problems: Int

        /// A refusal with its first mistake and the number of all mistakes.
        package init(message: String, since: Timestamp, problems: Int) {
            self.message = message
            self.since = since
            self.problems = problems
        }
    }

    /// By default nothing newer was refused.
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
