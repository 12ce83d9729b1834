-- Puts the token back for a process that took it and has no hand free.
if redis.call('EXISTS', READY) == 1 then
    wake()
end
return 'ok'
