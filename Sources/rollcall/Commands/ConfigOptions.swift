import ArgumentParser

/// The flags of a command that reads a configuration.
struct ConfigOptions: ParsableArguments {
    @Option(
        help: "The configuration file; else $ROLLCALL_CONFIG, ./rollcall.yaml, /etc/rollcall/rollcall.yaml.")
    var config: String?

    @Option(help: "Folders with adapter files, separated by colons; a later folder's file wins.")
    var adapters: String?
}
