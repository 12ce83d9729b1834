# Makes a thumbnail of one photograph, as a durable job: should the script die, the next run goes on.
import sys

import thumbjobs


def main(photo: str, thumbnail: str) -> None:
    with thumbjobs.Engine.in_directory("thumbs") as engine:
        job = engine.submit(photo, width=320, height=320, format="jpeg")
        job = engine.wait(job, timeout=60).raise_for_error()
        with open(thumbnail, "wb") as file:
            file.write(engine.thumbnail(job))
        print(job)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: script.py PHOTO THUMBNAIL")
    try:
        main(*sys.argv[1:])
    except thumbjobs.Error as error:
        sys.exit(f"{error.code}: {error}")
