-- Checks every answer wrk takes for complete: a 200 must hold X-Length bytes of X-Token repeated.
-- Each thread prints what it counted as one line of JSON after "VERIFIED ".
local threads = {}

function setup(thread)
  table.insert(threads, thread)
end

function init(args)
  ok, wrong, s502, s503, other = 0, 0, 0, 0, 0
  w1, w2, w3, w4 = 0, 0, 0, 0
end

function response(status, headers, body)
  if status == 200 then
    local token, length, worker = nil, nil, nil
    for name, value in pairs(headers) do
      local lower = string.lower(name)
      if lower == "x-token" then token = value end
      if lower == "x-length" then length = tonumber(value) end
      if lower == "x-worker" then worker = value end
    end
    if token == nil or length == nil or #body ~= length
        or body ~= string.sub(string.rep(token, math.ceil(length / 8)), 1, length) then
      wrong = wrong + 1
    else
      ok = ok + 1
      if worker == "W1" then w1 = w1 + 1 end
      if worker == "W2" then w2 = w2 + 1 end
      if worker == "W3" then w3 = w3 + 1 end
      if worker == "W4" then w4 = w4 + 1 end
    end
  elseif status == 502 then s502 = s502 + 1
  elseif status == 503 then s503 = s503 + 1
  else other = other + 1 end
end

function done(summary, latency, requests)
  for _, thread in ipairs(threads) do
    io.write(string.format(
      'VERIFIED {"ok":%d,"wrong":%d,"502":%d,"503":%d,"other":%d,"W1":%d,"W2":%d,"W3":%d,"W4":%d}\n',
      thread:get("ok"), thread:get("wrong"), thread:get("s502"), thread:get("s503"), thread:get("other"),
      thread:get("w1"), thread:get("w2"), thread:get("w3"), thread:get("w4")))
  end
end
