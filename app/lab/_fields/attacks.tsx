/** What starts the attack lab: all of it, or one attack. */
import { ATTACK_CATALOGUE } from "@/lib/lab/attack-catalogue";

export const AttackFields = () => (
  <div className="flex flex-wrap gap-2">
    <button type="submit" name="attack" value="all" className="button button-primary">
      Run them all
    </button>
    {ATTACK_CATALOGUE.map(({ id, title }) => (
      <button key={id} type="submit" name="attack" value={id} className="button button-plain">
        {title}
      </button>
    ))}
  </div>
);
