-- ARGV: from 3 on ids. Returns each job.
local jobs = {}
for i = 3, #ARGV do
    jobs[i - 2] = answer(ARGV[i])
end
return jobs
