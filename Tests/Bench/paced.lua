-- The queries of requests.lua, each connection waiting some 10 ms between its answer and its next one: readers that leave
-- room for a refresh, so that what they wait for is seen.
dofile("Tests/Bench/requests.lua")

function delay() return math.random(5, 15) end
