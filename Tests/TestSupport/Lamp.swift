package import Deployments
import Snapshots

/// A second kind of record with a table of its own, to test what a kind gets from its table alone.
package struct Lamp: Record {
    /// The source's name, a slash and the lamp's name.
    package var uid: String
    /// Lamps have no versions.
    package var version: Int? { nil }
    /// Lamps are never in transition.
    package var isInTransition: Bool { false }
    /// The labels of its source.
    package var labels: [String: String] {
        get { origin.description.labels }
        set {
            var description = origin.description
            description.labels = newValue
            origin = SharedSource(description)
        }
    }
    /// Its source.
    package var origin: SharedSource
    /// A string that is compared without case; may be null.
    package var color: String?
    /// An integer that can be added up; may be null.
    package var watts: Int?
    /// A truth value.
    package var isOn = false
    /// A list of strings.
    package var rooms: [String] = []

    /// A lamp that is off and has no color.
    package init(uid: String, of source: SharedSource) {
        self.uid = uid
        origin = source
    }

    /// A lamp with its fields; it has rooms only if it is on.
    package init(_ name: String, of source: SourceDescription, color: String?, watts: Int?, isOn: Bool) {
        self.init(uid: "\(source.name)/\(name)", of: SharedSource(source))
        (self.color, self.watts, self.isOn) = (color, watts, isOn)
        rooms = isOn ? ["hall", "\(name) room"] : []
    }

    /// The uid alone is the key.
    package func withKey(_ body: (String, Int?) -> Void) { body(uid, nil) }
    /// Lamps have neither history nor native members.
    package func included(_ member: Include) -> [UInt8]? { nil }

    /// The fields of lamps: one of each kind of value but times.
    package static let table = RecordTable<Lamp>(
        RecordSchema.Profile(
            name: "lamps", component: "Lamp", summary: "one lamp", sort: ["color", "-watts"],
            search: ["color"], sums: ["watts"], standardSums: ["watts"]),
        fields: [
            .text(
                "uid", "its source and name", required: true, namesSource: true, get: { $0.uid },
                set: { $0.uid = $1 ?? "" }),
            .text(
                "source", "its source", stamped: true, ofSource: true, required: true,
                get: { $0.origin.description.name }, set: { _, _ in }),
            .text("color", "its color", .text(ignoresCase: true), get: { $0.color }, set: { $0.color = $1 }),
            .count("watts", "its power", get: { $0.watts }, set: { $0.watts = $1 }),
            .bool("is_on", "true if it is lit", get: { $0.isOn }, set: { $0.isOn = $1 }),
        ],
        lists: [RecordList("rooms", "the rooms that it lights", get: { $0.rooms }, set: { $0.rooms = $1 })])

    /// The layouts of the JSON form.
    package static let forms = RecordForms<Lamp>()

    /// Lamps have no facts that need the whole list.
    package struct Settlement: ListSettlement {
        /// The number of lamps, since all are current.
        package let currentCount: Int

        /// Finds nothing but the number of lamps.
        package init(of rows: [Lamp], order: [Int], beginsUID: [Bool]) { currentCount = order.count }

        /// The piece, unchanged.
        package func settle(_ piece: ArraySlice<Lamp>) -> [Lamp] { Array(piece) }
    }
}

/// Storage of lamps in snapshots.
package struct LampRows: RowStorage {
    /// The lamps in the order of their list.
    package let pieces: [[Lamp]]

    /// Stores the pieces of a list.
    package init(pieces: [[Lamp]]) { self.pieces = pieces }
}
