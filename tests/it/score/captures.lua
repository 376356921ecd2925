-- Upvalues in every position that a compiler treats in its own way.
local socket, table_of, key, value, deep = {}, {}, "k", 1, { { {} } }
local count, a, b, c, d, e, f = 0

local function next_value() count = count + 1 return count end
local function recursive(n) if n > 0 then return recursive(n - 1) end return deep[1][1], n end
function table_of.field() return socket.socket(socket), socket.tcp end
function table_of.a.b.c:method(x, ...) self.x = x or value; key = select("#", ...) return value.x, ... end
table_of[key] = function() table_of[key] = value; table_of[value.x] = key; key[value[key]] = table_of[socket[key]] end
table_of.loop = function(list)
  for i = 1, count do a = i; if a == b then c = nil elseif c then break end d.e.f = list[i] end
  for k, v in pairs(list) do table_of[k], key = v, k; repeat local x = v until x or e while f do f = f.next end end
  return #a, -b, not c, ~d, e .. f .. "x", a and b or c, { a, b; c = d, [e] = f }
end
function global(x)
  if x then a.b = function() return function(y) c = y; return global(a, b, print) end end end
  goto out
  do local a = b; print(a, c) end
  ::out::
  return value.y, math.floor(value), a.b.c, a:b(c), socket["a b"]
end
return function(...) local x = ... value = x; return x, value, _ENV, ... end
