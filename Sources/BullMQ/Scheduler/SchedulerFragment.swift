extension Lua {
    /// Job schedulers. Needs ``queue`` and ``transitions``.
    ///
    /// A scheduler is a record and one pending job, whose id carries the time it is made for, its slot.
    static let scheduling = #"""
        local function pendingId(scheduler, slot)
          return string.format('repeat:%s:%.0f', scheduler, slot)
        end

        -- The first slot after `now` of those that are `offset` into each interval.
        local function slotAfter(now, every, offset)
          local slot = math.floor(now / every) * every + offset % every
          return slot > now and slot or slot + every
        end

        -- The slot after `previous`; slots that passed while nobody worked are left out.
        local function followingSlot(previous, now, every, offset)
          local slot = previous + every
          return slot < now and slotAfter(now, every, offset) or slot
        end

        -- The first slot from `slot` on without a job of its own; nil when 32 in a row have one.
        local function freeSlot(q, scheduler, slot, every)
          for _ = 0, 32 do
            if call('EXISTS', q.prefix .. pendingId(scheduler, slot)) == 0 then
              return slot
            end
            slot = slot + every
          end
        end

        -- Makes the job of a slot. `job` has what all jobs of the scheduler share; its options come as JSON members without braces.
        local function addPending(q, scheduler, slot, now, job)
          call('INCR', q.prefix .. 'id')
          local id = pendingId(scheduler, slot)
          local wait = math.max(slot - now, 0)
          local options = string.format('{%s"repeat":{%s},"jobId":"repeat:%s:%.0f","delay":%.0f,"timestamp":%.0f,"prevMillis":%.0f,"repeatJobKey":"%s"}',
            job.members, job.repetition, job.idText, slot, wait, now, job.isCron and slot or now, job.idText)
          call('HSET', q.prefix .. id, 'name', job.name, 'data', job.data, 'opts', options, 'timestamp', now, 'delay', wait,
            'priority', job.priority, 'rjk', scheduler)
          emit(q, 'added', 'jobId', id, 'name', job.name)
          if wait > 0 then
            call('ZADD', q.delayed, delayedScore(q, now + wait), id)
            emit(q, 'delayed', 'jobId', id, 'delay', now + wait)
            markDelayed(q)
            return { id, wait }
          end
          if job.priority > 0 then
            addPrioritized(q, id, job.priority)
          else
            call(job.side, q.wait, id)
          end
          mark(q)
          emit(q, 'waiting', 'jobId', id)
          return { id, wait }
        end
        """#
}
