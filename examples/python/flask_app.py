# Serves thumbnails with Flask: POST /images answers a job at once, GET /images/ID its thumbnail.
import flask

import thumbjobs


def make_app(folder: str) -> flask.Flask:
    app = flask.Flask(__name__)
    engine = thumbjobs.Engine.in_directory(folder)

    @app.post("/images")
    def submit():
        return engine.submit(flask.request.get_data(), width=200, height=200).to_dict(), 202

    @app.get("/images/<job>")
    def thumbnail(job: str):
        made = engine.thumbnail(job)
        return flask.Response(made, mimetype=made.media_type)

    @app.errorhandler(thumbjobs.Error)
    def failed(error: thumbjobs.Error):
        status = {"not_found": 404, "conflict": 409}.get(error.code, 503 if error.retryable else 400)
        return {"code": error.code, "message": str(error)}, status

    app.extensions["thumbjobs"] = engine
    return app


if __name__ == "__main__":
    make_app("thumbs").run(port=8081)
