import ArgumentParser

/// The flags of a command that reads a configuration.
struct ConfigOptions: ParsableArguments {
    @Option(
        help: "The configuration file; else $ROLLCALL_CONFIG, ./rollcall.yaml, /etc/rollcall/rollcall.yaml.")
    var config: String?

    @Option(help: "Where adapter files are: folders with colons between them, a later one's file wins.")
    var adapters: String?
}
