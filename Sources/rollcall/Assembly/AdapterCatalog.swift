import Adapters
import Settings

/// The adapter files of some folders, read and compiled.
struct AdapterCatalog {
    /// The manifests by adapter name; where two folders have a file of the same name, the later folder's.
    private(set) var manifests: [String: AdapterManifest] = [:]
    /// The names of files that exist and could not be read.
    private var unread: Set<String> = []
    /// True if a folder could not be read or had no file, or none was named: some adapters are then unknown.
    private var isPartial: Bool

    /// Reads every `*.yaml` file of the folders; mistakes in them go to `problems`.
    init(folders: [String], problems: SettingsProblems) {
        isPartial = folders.isEmpty
        for folder in folders {
            let location = SettingsLocation(file: folder, line: 0, key: "")
            do {
                let files = try names(inFolder: folder).filter { $0.hasSuffix(".yaml") }
                if files.isEmpty {
                    isPartial = true
                    problems.add(location, "has no adapter files (*.yaml)")
                }
                for file in files { add(folder + "/" + file, problems: problems) }
            } catch {
                isPartial = true
                problems.add(
                    location,
                    "is not a readable folder; name the folder of the adapter files with --adapters, "
                        + "$ROLLCALL_ADAPTERS or the key `adapters`")
            }
        }
    }

    /// Reads the named files only.
    init(files: [String], problems: SettingsProblems) {
        isPartial = false
        for file in files { add(file, problems: problems) }
    }

    /// The names of all files, sorted; never empty where ``lacks(_:)`` is true.
    var adapterNames: [String] { unread.union(manifests.keys).sorted() }

    /// True if there is no such adapter; false where a file or folder that could not be read may have it.
    func lacks(_ name: String) -> Bool {
        manifests[name] == nil && !isPartial && !unread.contains(name)
    }

    private mutating func add(_ path: String, problems: SettingsProblems) {
        let stem = String(path.split(separator: "/").last?.dropLast(".yaml".count) ?? "")
        do {
            let bytes = try readFile(path, limit: SettingsNode.sizeLimit, onlyRegular: true)
            guard let text = String(validating: bytes, as: UTF8.self) else {
                throw FileError(path: path, reason: "is not UTF-8")
            }
            let manifest = try AdapterManifest(yaml: text, file: path)
            manifests[manifest.name] = manifest
        } catch {
            // An earlier folder's file of the same name must not be used in place of this one.
            manifests[stem] = nil
            unread.insert(stem)
            switch error {
            case let error as SettingsError:
                for problem in error.problems { problems.add(problem.location, problem.message) }
            case let error as FileError:
                problems.add(SettingsLocation(file: path, line: 0, key: ""), error.reason)
            default: problems.add(SettingsLocation(file: path, line: 0, key: ""), "\(error)")
            }
        }
    }
}
