import { z } from 'zod';
import { conditioning } from '../mixers/conditioning.js';
import { memorySettings, normEpsilon, place, sizes } from '../mixers/contract.js';
import { linear } from '../mixers/linear.js';
import { planMixer } from '../mixers/registry.js';
import { softmax } from '../mixers/softmax.js';
import { PavlovLayer, registerLayer } from './pavlovLayer.js';
/** A mixer alone as a layer. Shapes: x [B,T,D], documents [B,T] int32 -> [B,T,D]. */
class HeadLayer extends PavlovLayer {
    specsFor(width) {
        return this.plan.specs(width);
    }
    body(weights, x, documents) {
        return this.plan.forward(weights, x, documents);
    }
}
const conditioningSchema = z.strictObject({
    ...sizes,
    ...memorySettings,
    ...conditioning.options,
    normEpsilon,
    ...place,
});
/**
 * Heads that each hold an associative memory, written by a learning rule and forgetting by a gate; see `conditioning`
 * in `mixers`.
 *
 * Shapes: x [B,T,D], documents [B,T] int32 -> [B,T,D]; the memory restarts at a document boundary.
 * @throws ConfigError for settings that are unknown, missing or wrong.
 */
export class ConditioningHead extends HeadLayer {
    static className = 'PavlovConditioningHead';
    static schema = conditioningSchema;
    plan;
    constructor(args) {
        super(args);
        this.plan = planMixer(conditioning, this.options, ConditioningHead.className);
    }
}
const linearSchema = z.strictObject({ ...sizes, ...memorySettings, normEpsilon, ...place });
/**
 * Heads with nothing around their memories; see `linear` in `mixers`.
 *
 * Shapes: x [B,T,D], documents [B,T] int32 -> [B,T,D]; the memory restarts at a document boundary.
 * @throws ConfigError for settings that are unknown, missing or wrong.
 */
export class LinearHead extends HeadLayer {
    static className = 'PavlovLinearHead';
    static schema = linearSchema;
    plan;
    constructor(args) {
        super(args);
        this.plan = planMixer(linear, this.options, LinearHead.className);
    }
}
const softmaxSchema = z.strictObject({ ...sizes, ...softmax.options, outputScale: place.outputScale });
/**
 * Causal softmax attention; see `softmax` in `mixers`.
 *
 * Shapes: x [B,T,D], documents [B,T] int32 -> [B,T,D]; documents never see each other.
 * @throws ConfigError for settings that are unknown, missing or wrong.
 */
export class SoftmaxHead extends HeadLayer {
    static className = 'PavlovSoftmaxHead';
    static schema = softmaxSchema;
    plan;
    constructor(args) {
        super(args);
        this.plan = planMixer(softmax, this.options, SoftmaxHead.className);
    }
}
for (const layer of [ConditioningHead, LinearHead, SoftmaxHead])
    registerLayer(layer);
