"""What a training leads to: models are registered, one that passed the gate serves, and the training is remembered.

A model that passed its gate takes the place of the one that serves, unless that one is of a newer week; where promotion
is to be awaited, it awaits somebody's word, and the champion goes on serving. One that did not pass is registered all
the same, and the champion stays. How the gate judges is training's; which moves a version may make, lifecycle's.
"""

from shared.messages import JobEnd, Plan, PlannedCell, Serving
from shared.ports import BlobStore, ModelVersion
from shared.runs.layout import BASELINE, SLOTS, registered_path, slot_name, trained_path
from shared.runs.lifecycle import NEWER_SERVES, Lifecycle
from shared.runs.outputs import failure, succeeded
from shared.runs.records import Training, read_json, replace, to_bytes
from shared.runs.registry import TAGS, Registry

NOT_FITTED = "it has no series, or could not be fitted"


def decide_serving(
    store: BlobStore, registry: Registry, plan: Plan, cell: PlannedCell, training: JobEnd | None
) -> dict[str, Serving]:
    """Register what was trained, and say per slot which version serves, and why."""
    if plan.request.trial:
        return {part: _on_trial(registry, slot_name(cell.name, part)) for part in SLOTS}
    if not succeeded(store, cell, training):
        said = failure(store, cell, training) if training else ""
        return {part: _standing(registry, slot_name(cell.name, part), said) for part in SLOTS}
    assert training
    models = _register(store, registry, plan, cell, training)
    reasons = {part: _judge(registry, plan, models[part]) for part in SLOTS if part in models}
    _remember(store, registry, plan, cell, models)
    judged = read_json(store, f"{training.output}/evaluate/judgement.json") or {}
    for part in SLOTS:
        reasons.setdefault(part, str(judged.get(part, {}).get("reason", NOT_FITTED)))
    return {part: _standing(registry, slot_name(cell.name, part), reason) for part, reason in reasons.items()}


def registered(
    store: BlobStore, registry: Registry, plan: Plan, cell: PlannedCell, training: JobEnd | None
) -> list[ModelVersion]:
    """Return the model versions that the cell's training in this run became; none where it did not succeed."""
    if training is None:
        return []
    known = read_json(store, registered_path(plan.run, cell.name)) or {}
    return [registry.version(slot_name(cell.name, part), int(version)) for part, version in known.items()]


def _register(
    store: BlobStore, registry: Registry, plan: Plan, cell: PlannedCell, training: JobEnd
) -> dict[str, ModelVersion]:
    folders = {part: f"{training.output}/register/{part}" for part in (*SLOTS, BASELINE)}
    models = {
        part: registry.register(slot_name(cell.name, part), folder)
        for part, folder in folders.items()
        if store.stat(f"{folder}/{TAGS}")
    }
    for model in models.values():
        Lifecycle(registry).begin(model, by=f"run {plan.run}")
    numbers = {part: model.version for part, model in models.items()}
    store.put(registered_path(plan.run, cell.name), to_bytes(numbers))
    return models


def _judge(registry: Registry, plan: Plan, model: ModelVersion) -> str:
    """Let a model serve if it may, and return why it does, or does not."""
    lives, by, reason = Lifecycle(registry), f"run {plan.run}", str(model.tags["reason"])
    if not model.tags["gate_passed"]:
        lives.move(model, "rejected", by=by, why=reason)
        return reason
    state = lives.life(model).state
    if state == "rolled_back":  # trained again on the same, it is the same version
        return f"v{model.version} was rolled back, and nothing new was learnt since"
    if plan.promotion == "await" and state != "promoted":
        lives.move(model, "awaiting_promotion", by=by, why=reason)
        return f"v{model.version} passed its gate, and awaits promotion"
    return reason if lives.promote(model, by=by, why=reason) else NEWER_SERVES


def _on_trial(registry: Registry, slot: str) -> Serving:
    """Return the newest version that awaits promotion; where none does, what serves."""
    candidates = Lifecycle(registry).awaiting(slot)
    if not candidates:
        return _standing(registry, slot, "")
    return Serving(version=candidates[0].version, reason="on trial: it awaits promotion")


def _standing(registry: Registry, slot: str, reason: str) -> Serving:
    """Return what serves a slot now; without a reason of today, the one it was put there for."""
    pointer = registry.pointer(slot)
    said = reason or (pointer.reason if pointer else "no model of it was registered")
    return Serving(version=pointer.version if pointer else None, reason=said)


def _remember(
    store: BlobStore, registry: Registry, plan: Plan, cell: PlannedCell, models: dict[str, ModelVersion]
) -> None:
    """Note the training as the cell's newest, unless one of a newer week is noted."""
    made = Training(
        run=plan.run,
        week=plan.week,
        trained_on=registry.now().date().isoformat(),
        demand=cell.demand,
        code=plan.code,
        profile=plan.profile,
        models={part: model.version for part, model in models.items()},
    )

    def unless_newer(found: Training | None) -> Training | None:
        return None if found and (found.week > made.week or found.run == made.run) else made

    replace(store, trained_path(cell.name), Training, unless_newer)
