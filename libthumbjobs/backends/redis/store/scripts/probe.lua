-- Whether the store can be read and written now. Removes first.
if not begin() then
    return no_store()
end
allow_growth()
finish()
return 'ok'
