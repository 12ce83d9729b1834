"""The engines' log lines on their way to Python's `logging`, under the logger "thumbjobs".

Native threads put lines into a queue and never wait for Python; a thread of Python's, which begins
with the first Engine, takes them out."""
from __future__ import annotations

import logging
import threading
import traceback
from typing import Optional

from . import _native

logger = logging.getLogger("thumbjobs")
logger.addHandler(logging.NullHandler())

_LEVELS = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
}

_lock = threading.Lock()
_thread: Optional[threading.Thread] = None


def _drain() -> None:
    while True:
        lines, dropped, closed = _native.take_log_lines()
        for level, message, job, request_id, code, detail in lines:
            text = message
            if code:
                text += f" [{code}]"
            if detail:
                text += f" ({detail})"
            if job:
                text += f" job={job}"
            extra = {"job_id": job, "request_id": request_id, "error_code": code}
            try:
                logger.log(_LEVELS[level], "%s", text, extra=extra)
            except Exception:  # of a filter: later lines shall still come
                traceback.print_exc()
        if dropped:
            logger.warning("%d log lines were dropped: they came too fast", dropped)
        if closed:
            return


def start() -> None:
    """Starts the thread, unless it runs."""
    global _thread
    with _lock:
        if _thread is None:
            _native.open_log()
            _thread = threading.Thread(target=_drain, name="thumbjobs-log", daemon=True)
            _thread.start()


def stop() -> None:
    """Hands over what is in the queue, and ends the thread."""
    global _thread
    with _lock:
        if _thread is not None:
            _native.close_log()
            _thread.join(10)
            _thread = None


def after_fork_in_child() -> None:
    """The thread stayed in the parent."""
    global _lock, _thread
    _lock = threading.Lock()
    _thread = None
    _native.renew_log_after_fork()
