extension CacheWindows {
    /// The values that one file or mapping gives for some of the keys.
    ///
    /// Layers are merged with `over`: a source's value wins over the file's `cache`, that over the adapter
    /// file's, and that over the default.
    package struct Overrides: Sendable, Equatable {
        /// The given values; all other properties keep their defaults, so that equal overrides compare equal.
        private var values = CacheWindows()
        /// The setters of the given values, by the names of their keys.
        private var given: [String: @Sendable (inout CacheWindows) -> Void] = [:]

        /// Makes overrides that give nothing.
        package init() {}

        /// Gives a key's value; nil changes nothing.
        package mutating func set<Value>(_ key: Key<Value>, to value: Value?) {
            guard let value else { return }
            key.set(&values, value)
            given[key.name] = { key.set(&$0, value) }
        }

        /// These values where given, else the others.
        package func over(_ others: Overrides) -> Overrides {
            var merged = others
            merged.values = over(others.values)
            merged.given.merge(given) { $1 }
            return merged
        }

        /// These values where given, else those of complete windows.
        package func over(_ windows: CacheWindows) -> CacheWindows {
            given.values.reduce(into: windows) { merged, set in set(&merged) }
        }

        /// True if both give the same keys the same values.
        package static func == (left: Overrides, right: Overrides) -> Bool {
            left.values == right.values && left.given.keys == right.given.keys
        }
    }

    /// A duration, or none, for which a file has a term such as `unlimited` or `off`.
    package enum Limit: Sendable, Equatable {
        case none
        case after(Duration)

        fileprivate var duration: Duration? {
            switch self {
            case .none: nil
            case .after(let duration): duration
            }
        }
    }

    /// One key of a `cache` mapping.
    package struct Key<Value: Sendable>: Sendable {
        /// The key as YAML files spell it.
        package let name: String
        fileprivate let set: @Sendable (inout CacheWindows, Value) -> Void

        fileprivate init(_ name: String, _ set: @escaping @Sendable (inout CacheWindows, Value) -> Void) {
            self.name = name
            self.set = set
        }
    }
}

// The table of keys.

extension CacheWindows.Key where Value == Duration {
    /// ``CacheWindows/ttl``.
    package static var ttl: Self { Self("ttl") { $0.ttl = $1 } }
    /// ``CacheWindows/staleWhileRevalidate``.
    package static var staleWhileRevalidate: Self {
        Self("stale_while_revalidate") { $0.staleWhileRevalidate = $1 }
    }
    /// ``CacheWindows/minInterval``.
    package static var minInterval: Self { Self("min_interval") { $0.minInterval = $1 } }
    /// ``CacheWindows/clientFloor``.
    package static var clientFloor: Self { Self("client_floor") { $0.clientFloor = $1 } }
    /// ``CacheWindows/wait``.
    package static var wait: Self { Self("wait") { $0.wait = $1 } }
    /// ``CacheWindows/idleAfter``.
    package static var idleAfter: Self { Self("idle_after") { $0.idleAfter = $1 } }
    /// ``CacheWindows/ttlInTransition``.
    package static var ttlInTransition: Self { Self("ttl_in_transition") { $0.ttlInTransition = $1 } }
}

extension CacheWindows.Key where Value == CacheWindows.Limit {
    /// ``CacheWindows/staleIfError``.
    package static var staleIfError: Self { Self("stale_if_error") { $0.staleIfError = $1.duration } }
    /// ``CacheWindows/idleInterval``.
    package static var idleInterval: Self { Self("idle_interval") { $0.idleInterval = $1.duration } }
}

extension CacheWindows.Key where Value == Double {
    /// ``CacheWindows/jitter``.
    package static var jitter: Self { Self("jitter") { $0.jitter = $1 } }
}

extension CacheWindows.Key where Value == MaxDrop {
    /// ``CacheWindows/maxDrop``.
    package static var maxDrop: Self { Self("max_drop") { $0.maxDrop = $1 } }
}
