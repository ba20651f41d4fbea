-- Filtered and sorted queries for wrk, hardly two alike, the same sequence in every run: as Rollcall and the aggregator
-- both spell them.
local statuses = { "READY", "FAILED", "STOPPED", "DEPLOYING", "UPDATING", "PENDING" }
local texts = { "qwen", "llama", "deep", "emo", "bge", "acme", "-1", "-32b", "7", "a4" }
local sorts = { "name", "-name", "updated_at", "-updated_at", "model,-created_at", "status,name", "-created_at" }

-- One that the gateway has.
local platform = os.getenv("PLATFORM") or "dashscope"

local random = 1
local function pick(count)
    random = (random * 1103515245 + 12345) % 2147483648
    return math.floor(random / 65536) % count + 1
end

-- One thread of wrk numbers its requests, so that no two have the same bound.
local number = 0
request = function()
    number = number + 1
    local filters = {
        "status=" .. statuses[pick(#statuses)] .. "," .. statuses[pick(#statuses)],
        "name.like=" .. texts[pick(#texts)],
        "model.like=" .. texts[pick(#texts)],
        "platform=" .. platform,
        "replicas.ready.gte=" .. pick(4),
    }
    local seconds = number % 2592000
    local bound = os.date("!%Y-%m-%dT%H:%M:%S.000000Z", 1767225600 + seconds)
    local query = "created_at.gte=" .. bound .. "&" .. filters[pick(#filters)] .. "&sort=" .. sorts[pick(#sorts)]
    return wrk.format("GET", "/v1/deployments?page_size=100&page=" .. pick(3) .. "&" .. query)
end

-- Beside wrk's own lines: every answer that is no 200.
done = function(summary, latency)
    io.write(string.format("figures %.1f %.3f %.3f %d %d\n", summary.requests / summary.duration * 1e6,
        latency:percentile(50) / 1000, latency:percentile(99) / 1000, summary.errors.status, summary.requests))
end
