import GRDB

/// The pages of the file that no row uses any more.
enum FreeSpace {
    /// The share of the file that may be free: less is soon used again.
    private static let tolerated = 4
    /// The pages that one step gives back: 16 MiB, so that the log stays small.
    private static let stepPages = 4096
    /// The free pages that are not worth a step: 1 MiB.
    private static let negligiblePages = 256
    /// The largest file that is rewritten so that it can shrink: 1 GiB of pages in use.
    private static let convertiblePages = 262_144

    /// Gives free pages back to the disk where they are a quarter of the file or more; called outside a
    /// transaction.
    ///
    /// Does nothing to a file that cannot shrink.
    static func giveBack(by db: Database) throws {
        guard try number("auto_vacuum", in: db) == 2 else { return }
        var free = try number("freelist_count", in: db)
        let pages = try number("page_count", in: db)
        guard free > negligiblePages, free > pages / tolerated else { return }
        while free > 0 {
            _ = try Row.fetchAll(db, sql: "PRAGMA incremental_vacuum(\(stepPages))")
            let left = try number("freelist_count", in: db)
            guard left < free else { break }
            free = left
        }
        // The file itself shrinks only when its log is copied into it; a reader may put that off.
        _ = try? db.checkpoint(.truncate)
    }

    /// Rewrites a file of an earlier release once, so that it can shrink from then on.
    ///
    /// A file with too many rows is left as it is. Blocks; takes room on the disk for two more copies of the
    /// rows.
    /// - Throws: SQLite's error, such as a full disk; the file is then as it was.
    static func makeShrinkable(_ writer: any DatabaseWriter) throws {
        try writer.writeWithoutTransaction { db in
            guard try number("auto_vacuum", in: db) == 0 else { return }
            let used = try number("page_count", in: db) - number("freelist_count", in: db)
            guard used <= convertiblePages else { return }
            try db.execute(sql: "PRAGMA auto_vacuum = INCREMENTAL; VACUUM")
            _ = try? db.checkpoint(.truncate)
        }
    }

    private static func number(_ pragma: String, in db: Database) throws -> Int {
        try Int.fetchOne(db, sql: "PRAGMA \(pragma)") ?? 0
    }
}
