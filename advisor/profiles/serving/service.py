"""A service in the user's units: a model with its tokens or requests, or requests that each take a GPU some seconds;
and which hosted API serves as well."""

import re
from typing import Annotated, Literal

from advisor.market.throughput.roofline import Precision
from advisor.values.printable_text import MAX_TEXT, Text
from advisor.values.validated import Rule, Validated, field

Latency = Literal["interactive", "batch"]
_MOST_TOKENS = 1e16  # a day; the largest services report a thousandth of it
_MOST_USD = 10_000  # for a million tokens
_MOST_SECONDS = 1e6  # of GPU time for a request
# They are about tokens, of which a service in GPU-seconds has none.
OF_TOKENS = (
    "model", "parameters", "active_parameters", "context", "tokens_in", "tokens_out", "tokens_per_day",
    "precision", "first_token_seconds", "next_token_seconds", "output_tokens_per_second",
    "api_input_usd", "api_cached_usd", "api_output_usd", "cached_share",
)  # fmt: skip


def _one_or_two_words(text: str) -> str:
    """Refuse what could not be typed in a line of the form, where it stands between numbers."""
    if re.fullmatch("(?!tokens?$)[a-z]+(?: [a-z]+)?", text) is None:
        raise ValueError(f"{text!r}; allowed: one or two words in small letters, such as images or audio hours")
    return text


Counted = Annotated[str, Rule(_one_or_two_words, max_length=MAX_TEXT)]


class Serving(Validated):
    """What is served, how much of it, and when."""

    model: Text | None = field(
        None, "", "an open model by the book's name, in place of parameters and active_parameters"
    )
    parameters: float | None = field(None, "parameters", "of the model, all of them", ge=1e6, le=1e14)
    gpu_seconds_per_request: float | None = field(
        None, "s", "in place of a model, for images, speech or video: how long a request keeps one GPU at work, or "
        "all those of a replica together", gt=0, le=_MOST_SECONDS, label="GPU-seconds of a request",
    )  # fmt: skip
    counted: Counted | None = field(
        None, "", "what takes the GPU-seconds, in your words: images, audio hours; left out: requests"
    )
    active_parameters: float | None = field(None, "parameters", "used for a token; left out: all", ge=1e6, le=1e14)
    precision: Precision = field("bf16", "", "of the weights as they are served: bf16, fp8 or fp4")
    context: float | None = field(
        None, "tokens", "longest context, which must fit in memory beside the weights", ge=1, le=1e8
    )
    tokens_in: float | None = field(None, "tokens", "read in a request", book="sizing.serving_tokens_in", ge=1, le=1e7)
    tokens_out: float | None = field(
        None, "tokens", "written in a request", book="sizing.serving_tokens_out", ge=1, le=1e7
    )
    requests_per_day: float | None = field(None, "1/day", "at the start", gt=0, le=_MOST_TOKENS)
    requests_per_user_day: float | None = field(
        None, "1/day", "where the requests are known by the users of a day: what one of them makes", gt=0, le=10_000
    )
    tokens_per_day: float | None = field(
        None, "1/day", "in place of requests: read and written at the start", gt=0, le=_MOST_TOKENS
    )
    peak_to_mean: float | None = field(
        None, "ratio", "peak load as a multiple of the mean in the hours of service; left out: the inverse of the "
        "book's utilization of a service", ge=1, le=100,
    )  # fmt: skip
    hours_per_day: float = field(24.0, "hours", "hours of a day in which it is used", gt=0, le=24)
    latency: Latency = field("interactive", "", "interactive, or batch: may wait, at an API's batch price")
    first_token_seconds: float | None = field(
        None, "s", "99 of 100 requests get their first token within it; bounds the throughput that is used",
        book="sizing.serving_first_token_seconds", ge=0.001, le=3600,
    )  # fmt: skip
    next_token_seconds: float | None = field(
        None, "s", "the median time to each further token; bounds the throughput that is used",
        book="sizing.serving_next_token_seconds", ge=0.0001, le=60,
    )  # fmt: skip
    replicas: int = field(1, "replicas", "copies of the model that are up at the least", ge=1, le=10_000)
    gpus_per_replica: int | None = field(
        None,
        "GPUs",
        "one copy takes; left out: the fewest that hold it, a power of two; with GPU-seconds one",
        ge=1,
        le=4096,
        label="GPUs per replica",
    )
    output_tokens_per_second: float | None = field(
        None, "1/s", "your own measurement: written by one GPU at full load", gt=0, le=1e7
    )
    model_change_per_month: float = field(
        0.0, "share/month", "chance in a month that another model takes its place", ge=0, le=0.5
    )
    model_change_need: float = field(1.0, "ratio", "GPUs that the other model needs, as a multiple", gt=0, le=100)
    good_enough: Text | None = field(
        None, "", "the hosted API that serves as well: an open model by the book's name, `same-size` for open models "
        "of its size, or any name with prices of your own; left out: that of `model`, else none",
    )  # fmt: skip
    api_input_usd: float | None = field(
        None, "USD/Mtok", "its price of a million tokens read", ge=0, le=_MOST_USD, label="API's price of tokens read"
    )
    api_cached_usd: float | None = field(
        None,
        "USD/Mtok",
        "its price of a million tokens read from its cache",
        ge=0,
        le=_MOST_USD,
        label="API's price of cached tokens",
    )
    api_output_usd: float | None = field(
        None,
        "USD/Mtok",
        "its price of a million tokens written",
        gt=0,
        le=_MOST_USD,
        label="API's price of tokens written",
    )
    api_usd_per_request: float | None = field(
        None, "USD", "its price of a request, for a service in GPU-seconds", gt=0, le=_MOST_USD,
        label="API's price of a request",
    )  # fmt: skip
    cached_share: float = field(0.0, "share", "of the tokens read that come from the API's cache", ge=0, le=1)

    @property
    def in_tokens(self) -> bool:
        """Whether it is sized by its model and tokens, rather than by the GPU time of a request."""
        return self.gpu_seconds_per_request is None

    @property
    def gpu_seconds(self) -> float:
        """The time of all GPUs together that a request takes, s; 0 of a service in tokens."""
        return (self.gpu_seconds_per_request or 0.0) * (self.gpus_per_replica or 1)

    @property
    def volume_unit(self) -> str:
        """What is counted in a day: tokens, or requests of a service in GPU-seconds, in the user's word for them."""
        return "tokens" if self.in_tokens else self.counted or "requests"

    def _check(self) -> None:
        if self.requests_per_user_day is not None and self.requests_per_day is None:
            raise ValueError("requests_per_user_day alone; allowed: also requests_per_day, of all users")
        if self.in_tokens:
            self._check_tokens()
            return
        if self.good_enough is not None and self.api_usd_per_request is None:
            raise ValueError("good_enough with gpu_seconds_per_request; allowed: also api_usd_per_request, its price")
        defaults = type(self).model_fields
        if of_tokens := [name for name in OF_TOKENS if getattr(self, name) != defaults[name].default]:
            raise ValueError(f"{of_tokens[0]} with gpu_seconds_per_request; allowed: one of the two")
        if self.requests_per_day is None:
            raise ValueError("gpu_seconds_per_request alone; allowed: also requests_per_day")

    def _check_tokens(self) -> None:
        """Raise ValueError for a model, tokens or prices that contradict each other."""
        for name in ("counted", "api_usd_per_request"):
            if getattr(self, name) is not None:
                raise ValueError(f"{name} without gpu_seconds_per_request; allowed: with it")
        if (self.model is None) == (self.parameters is None):
            raise ValueError("model and parameters, or neither; allowed: one of the two, or gpu_seconds_per_request")
        if self.model is not None and self.active_parameters is not None:
            raise ValueError("active_parameters with model; allowed: with parameters")
        if self.parameters is not None and (self.active_parameters or 0) > self.parameters:
            raise ValueError(f"active_parameters {self.active_parameters:g}; allowed: at most parameters")
        if (self.requests_per_day is None) == (self.tokens_per_day is None):
            raise ValueError("requests_per_day and tokens_per_day, or neither; allowed: one of the two")
        if self.latency == "batch" and not (self.first_token_seconds is self.next_token_seconds is None):
            raise ValueError("a time to a token with latency 'batch'; allowed: with 'interactive'")
        if (self.api_input_usd is None) != (self.api_output_usd is None):
            raise ValueError("one of api_input_usd and api_output_usd; allowed: both, or neither")
        if self.api_input_usd is not None and self.good_enough is None and self.model is None:
            raise ValueError("prices of an API that is not named; allowed: also good_enough, whose prices they are")
        if self.api_cached_usd is not None and self.api_input_usd is None:
            raise ValueError("api_cached_usd alone; allowed: with api_input_usd and api_output_usd")
