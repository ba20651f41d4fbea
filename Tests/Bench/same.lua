-- One request, again and again, as the environment has it: `ETAG` makes it a conditional one.
wrk.headers["If-None-Match"] = os.getenv("ETAG")
wrk.headers["Accept-Encoding"] = os.getenv("ENCODING")

done = function(summary, latency)
    io.write(string.format("figures %.1f %.3f %.3f %d %d\n", summary.requests / summary.duration * 1e6,
        latency:percentile(50) / 1000, latency:percentile(99) / 1000, summary.errors.status, summary.requests))
end
