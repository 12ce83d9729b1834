-- ARGV: from 3 on ids. Returns each job, or false.
local jobs = {}
for i = 3, #ARGV do
    jobs[i - 2] = redis.call('EXISTS', JOB .. ARGV[i]) == 1 and answer(ARGV[i])
end
return jobs
