package import Deployments
import Snapshots

/// A second kind of record, with a table of its own: what it gets without a copy of the engine is tested with it.
package struct Lamp: Record {
    package var uid: String
    package var version: Int? { nil }
    package var isInTransition: Bool { false }
    package var labels: [String: String] {
        get { origin.description.labels }
        set {
            var description = origin.description
            description.labels = newValue
            origin = SharedSource(description)
        }
    }
    package var origin: SharedSource
    package var color: String?
    package var watts: Int?
    package var isOn = false
    package var rooms: [String] = []

    package init(uid: String, of source: SharedSource) {
        self.uid = uid
        origin = source
    }

    package init(_ name: String, of source: SourceDescription, color: String?, watts: Int?, isOn: Bool) {
        self.init(uid: "\(source.name)/\(name)", of: SharedSource(source))
        (self.color, self.watts, self.isOn) = (color, watts, isOn)
        rooms = isOn ? ["hall", "\(name) room"] : []
    }

    package func withKey(_ body: (String, Int?) -> Void) { body(uid, nil) }
    package func included(_ member: Include) -> [UInt8]? { nil }

    package static let table = RecordTable<Lamp>(
        RecordSchema.Profile(
            name: "lamps", component: "Lamp", summary: "one lamp", sort: ["color", "-watts"],
            search: ["color"], sums: ["watts"], standardSums: ["watts"]),
        fields: [
            .text("uid", "its place", required: true, get: { $0.uid }, set: { $0.uid = $1 ?? "" }),
            .text(
                "source", "its source", stamped: true, ofSource: true, required: true,
                get: { $0.origin.description.name }, set: { _, _ in }),
            .text("color", "its color", .text(ignoresCase: true), get: { $0.color }, set: { $0.color = $1 }),
            .count("watts", "its power", get: { $0.watts }, set: { $0.watts = $1 }),
            .bool("is_on", "whether it is lit", get: { $0.isOn }, set: { $0.isOn = $1 }),
        ],
        lists: [("rooms", { $0.rooms })])

    package static let forms = RecordForms<Lamp>()

    /// Lamps have no facts that need the whole list.
    package struct Settlement: ListSettlement {
        package let currentCount: Int

        package init(of rows: [Lamp], order: [Int], beginsUID: [Bool]) { currentCount = order.count }

        package func settle(_ piece: ArraySlice<Lamp>) -> [Lamp] { Array(piece) }
    }
}

/// Lamps as snapshots hold them.
package struct LampRows: RowStorage {
    package let pieces: [[Lamp]]

    package init(pieces: [[Lamp]]) { self.pieces = pieces }
}
