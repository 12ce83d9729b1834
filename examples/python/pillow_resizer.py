# Writes a Resizer of one's own, with Pillow, and runs jobs with it.
import io
import sys

from PIL import Image, UnidentifiedImageError

import thumbjobs


class PillowResizer(thumbjobs.Resizer):
    """Every rendition as a PNG that fits in its box."""

    def describe(self) -> str:
        return "Pillow"

    def input_types(self):
        return ["image/png", "image/jpeg", "image/gif"]

    def resize(self, request):
        try:
            image = Image.open(io.BytesIO(request.data))
        except UnidentifiedImageError:
            raise thumbjobs.NotAnImageError("Pillow does not know this format.") from None
        if image.width * image.height > request.limits.max_pixels:
            raise thumbjobs.ImageTooLargeError("The image has too many pixels.")
        info = thumbjobs.ImageInfo(Image.MIME[image.format], image.width, image.height)
        request.header(info)
        return thumbjobs.ResizeResult(info, [self.rendition(image, s) for s in request.specs])

    @staticmethod
    def rendition(image, spec):
        small = image.convert("RGBA")
        small.thumbnail((spec.width, spec.height))
        file = io.BytesIO()
        small.save(file, "PNG")
        return thumbjobs.EncodedImage(file.getvalue(), "image/png", small.width, small.height)


if __name__ == "__main__":
    with thumbjobs.Engine(resizer=PillowResizer()) as engine:
        print(engine.wait(engine.submit(sys.argv[1])).raise_for_error())
