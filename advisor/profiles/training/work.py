"""A training in the user's units: parameters and tokens, or floating-point operations."""

from advisor.values.validated import Validated, field


class Training(Validated):
    """What is trained, on how much; the GPU-hours follow from it."""

    parameters: float | None = field(None, "parameters", "of the model, all of them", ge=1e6, le=1e14)
    active_parameters: float | None = field(
        None, "parameters", "used for a token, of a mixture of experts; left out: all", ge=1e6, le=1e14
    )
    tokens: float | None = field(None, "tokens", "trained on in all", gt=0, le=1e18)
    adapters: bool = field(False, "", "whether only adapters are trained, on frozen weights (LoRA)")
    flops: float | None = field(
        None, "FLOP", "in place of parameters and tokens: floating-point operations in all", gt=0, le=1e32
    )
    share_of_peak: float | None = field(
        None,
        "share",
        "of the dense peak performance that the work reaches",
        book="sizing.model_flops_utilisation",
        gt=0,
        le=1,
    )
    gpu_teraflops: float | None = field(
        None,
        "teraFLOP/s",
        "dense peak performance of one GPU; left out: the book's",
        gt=0,
        le=1e6,
        label="GPU's peak",
    )
    busy: float | None = field(
        None,
        "share",
        "share of the time the GPUs work, which says how many are needed",
        label="utilization",
        book="plan.busy_{kind}_share",
        ge=0.00001,
        le=1,
    )

    def _check(self) -> None:
        model = (self.parameters, self.tokens)
        if None in model and (self.flops is None or model != (None, None)):
            raise ValueError("not both of parameters and tokens; allowed: both of them, or flops")
        if None not in model and self.flops is not None:
            raise ValueError("flops with parameters and tokens; allowed: one of the two")
        if self.flops is not None and (self.adapters or self.active_parameters is not None):
            raise ValueError("adapters or active_parameters with flops; allowed: with parameters and tokens")
        if self.parameters is not None and (self.active_parameters or 0) > self.parameters:
            raise ValueError(f"active_parameters {self.active_parameters:g}; allowed: at most parameters")
