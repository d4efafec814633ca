"""What the store does to a log in one step, in its own language."""

from __future__ import annotations

_WRITING = """
local log, seen = KEYS[1], KEYS[2]
local newest = redis.call('XREVRANGE', log, '+', '-', 'COUNT', 1)[1]
local position = newest and tonumber(string.match(newest[1], '^%d+')) or 0
local function read(stored)  -- digest of a content, and where it lies
  if not stored then return nil, 0 end
  return string.sub(stored, 1, 16), tonumber(string.sub(stored, 17)) or 0
end
local function write(key, digest, body)
  position = position + 1
  redis.call('XADD', log, string.format('%d-0', position), 'm', body)
  redis.call('HSET', seen, key, digest .. string.format('%d', position))
  return position
end
"""
"""What both appends begin with. An older release kept no position beside the digest."""

APPEND = (
    _WRITING
    + """
local offsets, dead = KEYS[3], KEYS[4]
local source, offset, count = ARGV[1], ARGV[2], tonumber(ARGV[3])
local function reached(stored)  -- compared as text: nanoseconds exceed a double
  return #stored > #offset or (#stored == #offset and stored >= offset)
end
local function takes_one(key)  -- content by APPEND_ONCE, which must know the first of several
  return string.sub(key, 1, 6) == 'trade/' or string.sub(key, 1, 6) == 'check/'
end
if source ~= '' then
  local stored = redis.call('HGET', offsets, source)
  if stored and reached(stored) then return {} end
  redis.call('HSET', offsets, source, offset)
end
local positions = {}
for entry = 1, count do
  local key, digest, body = ARGV[3 * entry + 1], ARGV[3 * entry + 2], ARGV[3 * entry + 3]
  positions[entry] = 0
  local last = redis.call('HGET', seen, key)
  if read(last) ~= digest then
    if last and takes_one(key) then redis.call('HSETNX', seen, 'first/' .. key, last) end
    positions[entry] = write(key, digest, body)
  end
end
for at = 3 * count + 4, #ARGV, 6 do
  local written = positions[tonumber(ARGV[at])]
  if written > 0 then
    redis.call('XADD', dead, string.format('%d-0', written), 'letter', ARGV[at + 1],
      'feed', ARGV[at + 2], 'reason', ARGV[at + 3], 'received_at_ns', ARGV[at + 4],
      'raw', ARGV[at + 5])
  end
end
return positions
"""
)

APPEND_ONCE = (
    _WRITING
    + """
local placed = {}
for at = 1, #ARGV, 3 do
  local key, digest = ARGV[at], ARGV[at + 1]
  local kept = redis.call('HMGET', seen, 'first/' .. key, key)
  local known, where = read(kept[1] or kept[2])
  local fate = known == nil and 0 or known == digest and 1 or 2
  if fate == 0 then where = write(key, digest, ARGV[at + 2]) end
  placed[#placed + 1] = fate
  placed[#placed + 1] = where
end
return placed
"""
)

TRIM = """
local least = nil
for _, position in ipairs(redis.call('HVALS', KEYS[2])) do
  local passed = tonumber(position)
  if not least or passed < least then least = passed end
end
if not least then return redis.error_reply('NOREADER no reader has passed anything') end
local keep = math.min(tonumber(ARGV[1]), least)
return redis.call('XTRIM', KEYS[1], 'MINID', string.format('%d-0', keep))
"""
