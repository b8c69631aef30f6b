//! The named rules: what one kind of change does to readers and to what is stored.

use super::Direction;

/// What a change does in one direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    None,
    /// Nobody is stopped, and somebody may be surprised.
    Warn,
    Break,
}

/// A kind of change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rule {
    TypeChanged,
    TypeNarrowed,
    TypeWidened,
    NullRemoved,
    NullAdded,
    RequiredAdded,
    RequiredRemoved,
    /// To an object that lets no other properties in.
    PropertyAdded,
    /// To an object that let anything in under that name.
    PropertyConstrained,
    PropertyRemoved,
    PropertyFreed,
    AdditionalPropertiesClosed,
    AdditionalPropertiesOpened,
    EnumValueRemoved,
    EnumValueAdded,
    ConstChanged,
    VariantRemoved,
    VariantAdded,
    DiscriminatorKeyChanged,
    TagRenamed,
    BoundsTightened,
    BoundsLoosened,
    PatternAdded,
    PatternChanged,
    PatternRemoved,
    FormatAdded,
    FormatChanged,
    FormatRemoved,
    ContentAdded,
    ContentChanged,
    ContentRemoved,
    ItemsTightened,
    ItemsLoosened,
    /// `if`, `not`, `dependent*`, `unevaluated*`, `propertyNames`, …: what it does only a proof says.
    ConditionChanged,
    /// Some value is refused now, and no other rule says why.
    Narrowed,
    Widened,
    DefaultChanged,
    UnitChanged,
    IdDerivationChanged,
    QualityAlgorithmChanged,
    LayoutChanged,
    MediaProfileChanged,
    VersionNotBumped,
}

impl Rule {
    /// As people and programs know it: `REQUIRED_ADDED`.
    pub fn id(self) -> &'static str {
        match self {
            Self::TypeChanged => "TYPE_CHANGED",
            Self::TypeNarrowed => "TYPE_NARROWED",
            Self::TypeWidened => "TYPE_WIDENED",
            Self::NullRemoved => "NULL_REMOVED",
            Self::NullAdded => "NULL_ADDED",
            Self::RequiredAdded => "REQUIRED_ADDED",
            Self::RequiredRemoved => "REQUIRED_REMOVED",
            Self::PropertyAdded => "PROPERTY_ADDED_TO_CLOSED",
            Self::PropertyConstrained => "PROPERTY_ADDED_TO_OPEN",
            Self::PropertyRemoved => "PROPERTY_REMOVED_FROM_CLOSED",
            Self::PropertyFreed => "PROPERTY_REMOVED_FROM_OPEN",
            Self::AdditionalPropertiesClosed => "ADDITIONAL_PROPERTIES_CLOSED",
            Self::AdditionalPropertiesOpened => "ADDITIONAL_PROPERTIES_OPENED",
            Self::EnumValueRemoved => "ENUM_VALUE_REMOVED",
            Self::EnumValueAdded => "ENUM_VALUE_ADDED",
            Self::ConstChanged => "CONST_CHANGED",
            Self::VariantRemoved => "VARIANT_REMOVED",
            Self::VariantAdded => "VARIANT_ADDED",
            Self::DiscriminatorKeyChanged => "DISCRIMINATOR_KEY_CHANGED",
            Self::TagRenamed => "TAG_RENAMED",
            Self::BoundsTightened => "BOUNDS_TIGHTENED",
            Self::BoundsLoosened => "BOUNDS_LOOSENED",
            Self::PatternAdded => "PATTERN_ADDED",
            Self::PatternChanged => "PATTERN_CHANGED",
            Self::PatternRemoved => "PATTERN_REMOVED",
            Self::FormatAdded => "FORMAT_ADDED",
            Self::FormatChanged => "FORMAT_CHANGED",
            Self::FormatRemoved => "FORMAT_REMOVED",
            Self::ContentAdded => "CONTENT_ADDED",
            Self::ContentChanged => "CONTENT_CHANGED",
            Self::ContentRemoved => "CONTENT_REMOVED",
            Self::ItemsTightened => "ITEMS_TIGHTENED",
            Self::ItemsLoosened => "ITEMS_LOOSENED",
            Self::ConditionChanged => "CONDITION_CHANGED",
            Self::Narrowed => "NARROWED",
            Self::Widened => "WIDENED",
            Self::DefaultChanged => "DEFAULT_CHANGED",
            Self::UnitChanged => "UNIT_CHANGED",
            Self::IdDerivationChanged => "ID_DERIVATION_CHANGED",
            Self::QualityAlgorithmChanged => "QUALITY_ALGO_CHANGED",
            Self::LayoutChanged => "LAYOUT_CHANGED",
            Self::MediaProfileChanged => "MEDIA_PROFILE_CHANGED",
            Self::VersionNotBumped => "VERSION_NOT_BUMPED",
        }
    }

    /// What it does to a new reader of stored data, or to an old reader of new data.
    pub fn effect(self, direction: Direction) -> Effect {
        use Rule::*;
        let (backward, forward) = match self {
            TypeChanged
            | ConstChanged
            | DiscriminatorKeyChanged
            | TagRenamed
            | ConditionChanged
            | PatternChanged
            | FormatChanged
            | ContentChanged => (Effect::Break, Effect::Break),
            UnitChanged
            | IdDerivationChanged
            | QualityAlgorithmChanged
            | LayoutChanged
            | MediaProfileChanged => (Effect::Break, Effect::Break),
            VersionNotBumped => (Effect::Break, Effect::Break),
            TypeNarrowed
            | NullRemoved
            | RequiredAdded
            | PropertyConstrained
            | PropertyRemoved
            | AdditionalPropertiesClosed
            | EnumValueRemoved
            | VariantRemoved
            | BoundsTightened
            | PatternAdded
            | FormatAdded
            | ContentAdded
            | ItemsTightened
            | Narrowed => (Effect::Break, Effect::None),
            TypeWidened
            | NullAdded
            | RequiredRemoved
            | PropertyAdded
            | PropertyFreed
            | AdditionalPropertiesOpened
            | EnumValueAdded
            | VariantAdded
            | BoundsLoosened
            | PatternRemoved
            | FormatRemoved
            | ContentRemoved
            | ItemsLoosened
            | Widened => (Effect::None, Effect::Break),
            DefaultChanged => (Effect::Warn, Effect::Warn),
        };
        match direction {
            Direction::Backward => backward,
            Direction::Forward => forward,
        }
    }

    /// Whether the same JSON stays valid and means something else: no instance can show it, and no
    /// proof about instances can clear it.
    pub fn is_about_meaning(self) -> bool {
        matches!(
            self,
            Self::UnitChanged
                | Self::IdDerivationChanged
                | Self::QualityAlgorithmChanged
                | Self::LayoutChanged
                | Self::MediaProfileChanged
                | Self::ContentAdded
                | Self::ContentChanged
                | Self::ContentRemoved
                | Self::VersionNotBumped
        )
    }
}
